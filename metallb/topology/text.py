"""The topology as text for a terminal, and the words that every picture uses."""

from collections.abc import Iterator

from metallb.problems.escape import visible
from metallb.topology.model import Announcement, Pool, Session, Topology, count

__all__ = ["announcement_words", "pool_words", "session_words", "text"]


def text(topology: Topology) -> str:
    """A tree: racks, their routers, their nodes, then the pools."""
    return "\n".join(map(visible, _lines(topology))) + "\n"


def _lines(topology: Topology) -> Iterator[str]:
    yield f"{topology.stack}: {topology.headline()}"
    for rack in topology.racks:
        yield ""
        with_routers = f"{count(len(rack.routers), 'router')}, {rack.sessions_words}"
        rest = with_routers if rack.routers else "no router"
        yield f"rack {rack.name}: {rack.nodes_words}, {rest}"
        if not rack.own_routers:
            for router in rack.routers:
                yield f"  router {router.label}  {router.system}"
        routers = {router.key: router.label for router in rack.routers}
        for node in rack.nodes:
            sessions = rack.sessions_of(node.name)
            kind = "nodes" if node.selector else "node"
            shown = [f"{routers[session.router]}{session_words(session)}" for session in sessions]
            yield f"  {kind} {node.name}" + (f"  ->  {', '.join(shown)}" if shown else "")
    for pool in topology.pools:
        yield ""
        yield f"pool {pool.name}: {', '.join(pool.blocks)}  ({pool_words(pool)})"
        for announcement in pool.announcements:
            yield f"  announced {announcement_words(announcement)}"
        if not pool.announcements:
            yield "  announced nowhere"


def session_words(session: Session) -> str:
    """What is particular about a session, in brackets."""
    parts = []
    if session.source_address:
        parts.append(f"from {session.source_address}")
    if session.md5:
        parts.append("MD5")
    if session.bfd:
        parts.append(f"BFD {session.bfd}")
    return f" ({', '.join(parts)})" if parts else ""


def pool_words(pool: Pool) -> str:
    """Size, and whether Services have to ask for it."""
    size = "size not known yet" if pool.size is None else f"{pool.size} addresses"
    size = "1 address" if pool.size == 1 else size
    return size if pool.auto_assign else f"{size}, only on request"


def announcement_words(announcement: Announcement) -> str:
    """How a pool is announced."""
    if announcement.layer2:
        one = "; ".join(announcement.nodes) or "all nodes"
        words = f"in layer 2 by one node at a time of {one}"
        on = ", ".join(announcement.interfaces)
        return f"{words}, on {on}" if on else words
    to = ", ".join(announcement.peers) or "all peers"
    lengths = " and ".join(f"/{length}" for length in announcement.lengths)
    words = f"as {lengths} to {to}" if lengths else f"to {to}"
    if announcement.nodes:
        words += f" from {'; '.join(announcement.nodes)}"
    if announcement.communities:
        words += f" with {', '.join(announcement.communities)}"
    return words
