"""Platform `equinix-metal`: devices, Elastic IP blocks and BGP sessions of a project."""
