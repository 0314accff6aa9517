"""What the platform's resources are called: in the engine's state, and by their tags."""

__all__ = [
    "BLOCK_TYPE",
    "PENDING",
    "SESSION_TYPE",
    "block_name",
    "node_key",
    "ownership_prefix",
    "ownership_tag",
    "session_key",
    "session_name",
]

BLOCK_TYPE = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
SESSION_TYPE = "equinix-metal:index/bgpSession:BgpSession"
PENDING = "/0"
"""What the provider shows in place of a block that waits for approval."""

_SESSION = "bgp-sessions-"


def ownership_tag(project: str, stack: str, block: str) -> str:
    """The tag on every block that a stack reserves; it finds the block again without its id."""
    return f"{ownership_prefix(project, stack)}{block}"


def ownership_prefix(project: str, stack: str) -> str:
    """What the tag of every block of a stack begins with, whatever the block is called."""
    return f"metallb:{project}/{stack}/"


def block_name(block: str) -> str:
    """Resource name of a block that a stack reserves."""
    return f"elastic-ip-{block}-block"


def session_name(node_key: str, family: str) -> str:
    """Resource name of a session that a stack opens."""
    return f"{_SESSION}{node_key}-{family}"


def session_key(name: str) -> str | None:
    """What names a session within its component, such as worker-0-ipv4; None for no session."""
    return name.removeprefix(_SESSION) if name.startswith(_SESSION) else None


def node_key(name: str) -> str:
    """The node's key in a session's resource name."""
    return name.removeprefix(_SESSION).rpartition("-")[0]
