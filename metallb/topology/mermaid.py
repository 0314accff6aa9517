"""The topology as a Mermaid diagram for Markdown, in as much detail as Mermaid draws.

Mermaid refuses a diagram with more than 500 lines between boxes or more than 50,000 characters, and
sites that show Markdown (GitHub, GitLab) have no setting for it. So nodes become racks, and racks
become boxes without lines, until it fits.
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum

from metallb.problems.escape import mermaid_label
from metallb.topology.model import Mark, Pool, Rack, Router, Topology, count
from metallb.topology.text import announcement_words, pool_words

__all__ = ["MAX_CHARACTERS", "MAX_EDGES", "mermaid"]

MAX_EDGES = 500
"""Mermaid's own default (`maxEdges`), which GitHub and GitLab keep."""
MAX_CHARACTERS = 50_000
"""Mermaid's own default (`maxTextSize`)."""
_EACH = 8
"""Racks with at most so many nodes are drawn node by node; larger ones as one box."""
_ABREAST = 4
"""Racks that stand side by side."""
_CLASSES = {
    Mark.NONE: ("", ""),
    Mark.FAILED: (":::failed", "  classDef failed fill:#fbd5d5,stroke:#b42318"),
    Mark.AT_RISK: (":::atRisk", "  classDef atRisk fill:#ffe2b8,stroke:#b25e09"),
}
"""What a box has behind it, and the line that gives it its colours."""
_MOST_POOLS, _MOST_WORDS = 40, 120
"""In a diagram that is too large otherwise: so many pools, and lines of so many characters."""


class _Detail(IntEnum):
    """How much is drawn, from much to little."""

    NODES = 0
    """The nodes of small racks, each with its sessions."""
    RACKS = 1
    """A box for a rack's nodes, and one for each of its routers."""
    BOXES = 2
    """One box a rack."""


def mermaid(topology: Topology) -> str:
    """A flowchart that Mermaid draws, however large the stack is."""
    for detail in _Detail:
        edges = len(topology.pools) + sum(_edges(rack, detail) for rack in topology.racks)
        shown = _written(topology, detail)
        if edges <= MAX_EDGES and len(shown) <= MAX_CHARACTERS:
            return shown
    return _cut(topology)


def _written(topology: Topology, detail: _Detail) -> str:
    racks = [list(_rack(rack, f"k{number}", detail)) for number, rack in enumerate(topology.racks)]
    pools = (line for number, pool in enumerate(topology.pools) for line in _pool(pool, number))
    return _flowchart(topology, racks, pools, framed=detail is not _Detail.BOXES)


def _cut(topology: Topology) -> str:
    """The first pools and racks as boxes, and how many are left out."""
    pools = topology.pools[:_MOST_POOLS]
    tail = [
        line for number, pool in enumerate(pools) for line in _pool(pool, number, most=_MOST_WORDS)
    ]
    if len(pools) < len(topology.pools):
        tail.append(f"  pn[{mermaid_label(f'and {len(topology.pools) - len(pools)} more pools')}]")
    racks: list[list[str]] = []
    room = MAX_CHARACTERS - len(_flowchart(topology, racks, tail, framed=False)) - 100
    for number, rack in enumerate(topology.racks):
        part = list(_rack(rack, f"k{number}", _Detail.BOXES))
        room -= _length(part)
        if room < 0:
            left = topology.racks[number:]
            nodes = count(sum(len(each.nodes) for each in left), "node")
            racks.append([f"  kn[{mermaid_label(f'and {len(left)} more racks with {nodes}')}]"])
            break
        racks.append(part)
    return _flowchart(topology, racks, tail, framed=False)


def _flowchart(
    topology: Topology, racks: list[list[str]], pools: Iterable[str], *, framed: bool
) -> str:
    """Few racks side by side, many one below the other.

    Racks have no lines between them, so that they stand across the direction. A diagram is shrunk
    to the width of its page, which scrolls down. There Mermaid puts the first frame last, and the
    first box first.

    :param framed: whether a rack is a frame around boxes, rather than one box.
    """
    abreast = len(topology.racks) <= _ABREAST
    lines = [f"flowchart {'TB' if abreast else 'LR'}"]
    lines.append(f"  title[{mermaid_label(f'{topology.stack}: {topology.headline()}')}]")
    for rack in reversed(racks) if framed and not abreast else racks:
        lines += rack
    return "\n".join([*lines, *pools, *_styles(topology)]) + "\n"


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _edges(rack: Rack, detail: _Detail) -> int:
    if detail is _Detail.BOXES:
        return 0
    if _alone(rack, detail):
        return sum(len(rack.routers_of(node.name)) for node in rack.nodes)
    return 1 if rack.own_routers else len(rack.routers)


def _alone(rack: Rack, detail: _Detail) -> bool:
    """Whether each node of the rack has a box of its own."""
    return detail is _Detail.NODES and len(rack.nodes) <= _EACH


def _pool(pool: Pool, number: int, most: int = MAX_CHARACTERS) -> Iterator[str]:
    announced = "; ".join(announcement_words(item) for item in pool.announcements)
    lines = (
        f"pool {pool.name}",
        ", ".join(pool.blocks),
        pool_words(pool),
        announced or "announced nowhere",
    )
    label = "\n".join(line if len(line) <= most else line[:most] + "…" for line in lines)
    yield f"  p{number}([{mermaid_label(label)}]){_class(pool.mark)}"
    yield f"  title --- p{number}"


def _rack(rack: Rack, key: str, detail: _Detail) -> Iterator[str]:
    own = f"{count(len(rack.routers), 'router')}, one a node"
    if detail is _Detail.BOXES:
        routers = own if rack.own_routers else ", ".join(each.label for each in rack.routers[:4])
        sessions = f"{rack.sessions_words} with {routers}" if rack.routers else "no router"
        label = f"rack {rack.name}\n{_names_in_short(rack)}\n{sessions}"
        yield f"  {key}[{mermaid_label(label)}]"
        return
    yield f"  subgraph {key}[{mermaid_label('rack ' + rack.name)}]"
    if _alone(rack, detail):
        yield from _nodes(rack, key)
    else:
        sessions = rack.sessions_words if rack.routers else "no router"
        label = f"{_names_in_short(rack)}\n{sessions}"
        yield f"    {key}n[{mermaid_label(label)}]"
        if rack.own_routers:
            yield f"    {key}r{{{{{mermaid_label(own)}}}}}"
            yield f"    {key}n --- {key}r"
        else:
            for place, router in enumerate(rack.routers):
                yield f"    {key}r{place}{_router(router)}"
                yield f"    {key}n ==> {key}r{place}"
    yield "  end"


def _nodes(rack: Rack, key: str) -> Iterator[str]:
    places = {router.key: f"{key}r{place}" for place, router in enumerate(rack.routers)}
    for router in rack.routers:
        yield f"    {places[router.key]}{_router(router)}"
    for place, node in enumerate(rack.nodes):
        yield f"    {key}n{place}[{mermaid_label(node.name)}]{_class(node.mark)}"
    for place, node in enumerate(rack.nodes):
        for router in rack.routers_of(node.name):
            yield f"    {key}n{place} --> {places[router.key]}"


def _names_in_short(rack: Rack) -> str:
    """The nodes of a rack: all of a few, the first and the last of many."""
    names = [node.name for node in rack.nodes]
    if len(names) <= 3:
        return ", ".join(names)
    return f"{names[0]} ... {names[-1]} ({len(names)} nodes)"


def _router(router: Router) -> str:
    label = mermaid_label(f"{router.label}\n{router.system}")
    return "{{" + label + "}}" + _class(router.mark)


def _class(mark: Mark) -> str:
    return _CLASSES[mark][0]


def _styles(topology: Topology) -> Iterator[str]:
    """The colours of the marks that the diagram has."""
    marks = {
        each.mark
        for rack in topology.racks
        for listed in (rack.nodes, rack.routers)
        for each in listed
    } | {pool.mark for pool in topology.pools}
    yield from (style for mark, (_, style) in _CLASSES.items() if mark in marks and style)
