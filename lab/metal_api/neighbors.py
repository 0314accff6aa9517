"""Who a device's BGP sessions speak to.

Nothing is remembered of this: it follows from the session, the device and the project. Source:
Equinix Metal, BGP pages; call GET /devices/{id}/bgp/neighbors.
"""

from lab.metal_api import models as wire
from lab.metal_api.enums import PeerKind, SessionFamily
from lab.metal_api.state import CloudState, Session

TOR_PEERS = {4: ["169.254.255.1", "169.254.255.2"], 6: ["fc00::e", "fc00::f"]}
"""Router loopbacks of sites with two top-of-rack peers; IPv6 sessions use them at every site."""


def neighbor_of(state: CloudState, session: Session) -> wire.BgpNeighbor | None:
    """The routers that a session speaks to; None when the device lost that address."""
    device = state.devices[session.device_id]
    project = state.projects[device.project_id]
    version = 4 if session.family is SessionFamily.IPV4 else 6
    # IPv4 sessions start from the private address, IPv6 ones from the public one.
    own = device.interface(version, public=version == 6)
    if own is None or project.bgp is None:
        return None
    single = version == 4 and device.peers is PeerKind.GATEWAY
    md5 = project.bgp.md5.get_secret_value() if project.bgp.md5 else None
    default = "0.0.0.0/0" if version == 4 else "::/0"
    return wire.BgpNeighbor(
        address_family=version,
        customer_as=project.bgp.asn,
        customer_ip=str(own.address),
        md5_enabled=md5 is not None,
        md5_password=md5,
        multihop=not single,
        peer_as=device.peer_asn,
        peer_ips=[str(own.gateway)] if single else list(TOR_PEERS[version]),
        routes_in=[wire.BgpRoute(route=r.route, exact=r.exact) for r in device.routes_in],
        routes_out=[wire.BgpRoute(route=default, exact=True)] if session.default_route else [],
    )
