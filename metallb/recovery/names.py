"""What the platform's resources are called: in the engine's state, and by their tags."""

__all__ = [
    "BLOCK_TYPE",
    "PENDING",
    "SESSION_TYPE",
    "block_name",
    "ownership_tag",
    "session_name",
]

BLOCK_TYPE = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
SESSION_TYPE = "equinix-metal:index/bgpSession:BgpSession"
PENDING = "/0"
"""What the provider shows in place of a block that waits for approval."""


def ownership_tag(project: str, stack: str, block: str) -> str:
    """The tag on every block that a stack reserves; it finds the block again without its id."""
    return f"metallb:{project}/{stack}/{block}"


def block_name(block: str) -> str:
    """Resource name of a block that a stack reserves."""
    return f"elastic-ip-{block}-block"


def session_name(node_key: str, family: str) -> str:
    """Resource name of a session that a stack opens."""
    return f"bgp-sessions-{node_key}-{family}"
