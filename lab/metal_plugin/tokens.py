"""Type tokens of the provider plugin 3.2.1, as Pulumi programs register and invoke them."""

RESERVED_IP_BLOCK = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
BGP_SESSION = "equinix-metal:index/bgpSession:BgpSession"
IP_ATTACHMENT = "equinix-metal:index/ipAttachment:IpAttachment"
PROJECT = "equinix-metal:index/project:Project"

GET_DEVICE = "equinix-metal:index/getDevice:getDevice"
GET_DEVICE_BGP_NEIGHBORS = "equinix-metal:index/getDeviceBgpNeighbors:getDeviceBgpNeighbors"
GET_RESERVED_IP_BLOCK = "equinix-metal:index/getReservedIpBlock:getReservedIpBlock"
GET_PRECREATED_IP_BLOCK = "equinix-metal:index/getPrecreatedIpBlock:getPrecreatedIpBlock"
GET_IP_BLOCK_RANGES = "equinix-metal:index/getIpBlockRanges:getIpBlockRanges"
GET_PROJECT = "equinix-metal:index/getProject:getProject"
