"""The topology as text for a terminal, and as a Mermaid diagram for Markdown."""

from collections.abc import Iterator

from metallb.topology.model import Announcement, Pool, Rack, Router, Session, Topology

__all__ = ["announcement_words", "mermaid", "names_in_short", "pool_words", "session_words", "text"]

_EACH = 8
"""Racks with at most so many nodes are drawn node by node in Mermaid; larger ones as one box."""


def text(topology: Topology) -> str:
    """A tree: racks, their routers, their nodes, then the pools."""
    return "\n".join(_lines(topology)) + "\n"


def _lines(topology: Topology) -> Iterator[str]:
    yield f"{topology.stack}: {topology.headline()}"
    for rack in topology.racks:
        yield ""
        kept = f", {len(rack.sessions)} sessions"
        yield f"rack {rack.name}: {len(rack.nodes)} nodes, {len(rack.routers)} routers{kept}"
        if not rack.own_routers:
            for router in rack.routers:
                yield f"  router {router.label}  AS {router.asn}"
        for node in rack.nodes:
            sessions = [session for session in rack.sessions if session.node == node.name]
            routers = {router.key: router.label for router in rack.routers}
            kind = "nodes" if node.selector else "node"
            told = [f"{routers[session.router]}{session_words(session)}" for session in sessions]
            yield f"  {kind} {node.name}  ->  {', '.join(told)}"
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
    to = ", ".join(announcement.peers) or "all peers"
    words = f"as /{announcement.length} to {to}"
    if announcement.nodes:
        words += f" from {'; '.join(announcement.nodes)}"
    if announcement.communities:
        words += f" with {', '.join(announcement.communities)}"
    return words


def names_in_short(rack: Rack) -> str:
    """The nodes of a rack: all of a few, the first and the last of many."""
    names = [node.name for node in rack.nodes]
    if len(names) <= 3:
        return ", ".join(names)
    return f"{names[0]} ... {names[-1]} ({len(names)} nodes)"


def mermaid(topology: Topology) -> str:
    """A flowchart. Racks with many nodes are one box each, so that it stays readable."""
    lines = ["flowchart TB", f"  title[{_quoted(f'{topology.stack}: {topology.headline()}')}]"]
    for number, rack in enumerate(topology.racks):
        lines += _rack(rack, f"k{number}")
    for number, pool in enumerate(topology.pools):
        told = "; ".join(announcement_words(item) for item in pool.announcements)
        label = f"pool {pool.name}\n{', '.join(pool.blocks)}\n{pool_words(pool)}"
        label += f"\n{told or 'announced nowhere'}"
        lines += [f"  p{number}([{_quoted(label)}])"]
        lines += [f"  title --- p{number}"]
    return "\n".join(lines) + "\n"


def _rack(rack: Rack, key: str) -> Iterator[str]:
    yield f"  subgraph {key}[{_quoted('rack ' + rack.name)}]"
    if len(rack.nodes) > _EACH:
        label = f"{names_in_short(rack)}\n{len(rack.sessions)} sessions"
        yield f"    {key}n[{_quoted(label)}]"
        if rack.own_routers:
            yield f"    {key}r{{{{{_quoted(f'{len(rack.routers)} routers, one a node')}}}}}"
            yield f"    {key}n --- {key}r"
        else:
            for place, router in enumerate(rack.routers):
                yield f"    {key}r{place}{_router(router)}"
                yield f"    {key}n ==> {key}r{place}"
        yield "  end"
        return
    places = {router.key: f"{key}r{place}" for place, router in enumerate(rack.routers)}
    for router in rack.routers:
        yield f"    {places[router.key]}{_router(router)}"
    for place, node in enumerate(rack.nodes):
        yield f"    {key}n{place}[{_quoted(node.name)}]"
    for place, node in enumerate(rack.nodes):
        for router in rack.routers_of(node.name):
            yield f"    {key}n{place} --> {places[router.key]}"
    yield "  end"


def _router(router: Router) -> str:
    return "{{" + _quoted(f"{router.label}\nAS {router.asn}") + "}}"


def _quoted(label: str) -> str:
    """A label in quotes; Mermaid takes entities by name or number for what would end it."""
    for sign, code in (("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        label = label.replace(sign, code)
    return '"' + label.replace("\n", "<br>") + '"'
