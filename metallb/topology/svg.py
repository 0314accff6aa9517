"""The topology as SVG: one card a rack, its routers on top, its nodes in a grid below.

Placed by plain arithmetic, so the same stack file gives the same bytes. Up to a few nodes a card
draws every session; above that one line a router stands for all of them, and says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from metallb.topology.model import Pool, Rack, Router, Topology
from metallb.topology.text import announcement_words, pool_words

__all__ = ["rack_svg", "svg"]

_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
_INK, _DIM, _LINE, _PAPER = "#1c2733", "#5a6b7b", "#c6d0da", "#ffffff"
_ROUTER, _NODE, _POOL, _SESSION = "#e8f0fe", "#eaf6ee", "#fff4e0", "#7a8ea3"
_ROUTER_EDGE, _NODE_EDGE, _POOL_EDGE = "#4a78c2", "#4b9a63", "#c98a1b"

_MARGIN, _GAP, _PAD = 24, 16, 14
_PAGE = 1600
_SHARED_ROOM, _ALONE_ROOM = 460, 1040
"""Width for nodes: among other racks, kept as wide as high; alone on a page of HTML."""
_FEW = 12
"""Nodes up to which a card draws every session."""
_CELL_HEIGHT, _ROUTER_HEIGHT, _ROUTER_WIDTH, _HEAD = 26, 40, 164, 34
_CHARACTER = 6.7
"""Width of a character of 11 px; generous, so that names stay inside their boxes."""


@dataclass(frozen=True)
class _Card:
    """A rack's place: how wide its cells are, and how many stand in a row."""

    rack: Rack
    cell: int
    columns: int

    @property
    def width(self) -> int:
        nodes = self.columns * (self.cell + 8) - 8
        routers = 0
        if not self.rack.own_routers:
            routers = len(self.rack.routers) * (_ROUTER_WIDTH + 12) - 12
        head = round(len(_head(self.rack)) * 7.2)
        return max(nodes, routers, head, 220) + 2 * _PAD

    @property
    def nodes_top(self) -> int:
        return _HEAD if self.rack.own_routers else _HEAD + _ROUTER_HEIGHT + 46

    @property
    def row_height(self) -> int:
        return (_CELL_HEIGHT + 14 if self.rack.own_routers else _CELL_HEIGHT) + 8

    @property
    def height(self) -> int:
        rows = -(-len(self.rack.nodes) // self.columns)
        return self.nodes_top + rows * self.row_height + _PAD - 8


def svg(topology: Topology) -> str:
    """The whole picture."""
    room = _PAGE - 2 * _MARGIN - 2 * _PAD if len(topology.racks) == 1 else _SHARED_ROOM
    cards = [_card(rack, room) for rack in topology.racks]
    parts = [
        _text(_MARGIN, 40, topology.stack, size=22, weight=600),
        _text(_MARGIN, 64, topology.headline(), size=13, fill=_DIM),
    ]
    top = 84
    pools, top, right = _pools(topology.pools, top)
    parts += pools
    left, row = _MARGIN, 0
    for card in cards:
        if left > _MARGIN and left + card.width > _PAGE - _MARGIN:
            left, top, row = _MARGIN, top + row + _GAP, 0
        parts.append(f'<g transform="translate({left} {top})">{_drawn(card)}</g>')
        right = max(right, left + card.width)
        left, row = left + card.width + _GAP, max(row, card.height)
    height = top + row + _MARGIN
    width = max(right, _MARGIN + round(len(topology.headline()) * 7.5)) + _MARGIN
    return _document(width, height, parts, f"Topology of {topology.stack}")


def rack_svg(rack: Rack) -> str:
    """One rack alone, for a page that shows them one by one."""
    card = _card(rack, _ALONE_ROOM)
    return _document(card.width, card.height, [_drawn(card)], f"Rack {rack.name}")


def _card(rack: Rack, room: int) -> _Card:
    shown = [len(node.name) for node in rack.nodes]
    if rack.own_routers:
        shown += [len(_own(rack.routers_of(node.name))) for node in rack.nodes]
    cell = min(max(round(max(shown, default=0) * _CHARACTER) + 14, 72), 300)
    fitting = max(1, (room + 8) // (cell + 8))
    return _Card(rack, cell, max(1, min(fitting, len(rack.nodes))))


def _drawn(card: _Card) -> str:
    rack = card.rack
    parts = [
        _box(0, 0, card.width, card.height, _PAPER, _LINE, radius=8),
        _text(_PAD, 22, _head(rack), size=13, weight=600),
    ]
    cells = {node.name: _cell(card, place) for place, node in enumerate(rack.nodes)}
    if not rack.own_routers:
        places = {
            router.key: _PAD + place * (_ROUTER_WIDTH + 12)
            for place, router in enumerate(rack.routers)
        }
        parts += _links(card, places, cells)
        for router in rack.routers:
            parts += _router(places[router.key], router)
    for node in rack.nodes:
        left, top = cells[node.name]
        high = card.row_height - 8
        parts.append(_box(left, top, card.cell, high, _NODE, _NODE_EDGE, radius=4))
        parts.append(_text(left + 7, top + 17, _cut(node.name, card.cell), size=11))
        if rack.own_routers:
            own = _own(rack.routers_of(node.name))
            parts.append(_text(left + 7, top + 31, _cut(own, card.cell), size=10, fill=_DIM))
    return "".join(parts)


def _head(rack: Rack) -> str:
    nodes = f"{len(rack.nodes)} node{'s' if len(rack.nodes) != 1 else ''}"
    if any(node.selector for node in rack.nodes):
        nodes = "nodes by label"
    return f"{rack.name}: {nodes}, {len(rack.sessions)} sessions"


def _own(routers: Iterable[Router]) -> str:
    return " ".join(f"{router.label} AS{router.asn}" for router in routers)


def _cell(card: _Card, place: int) -> tuple[int, int]:
    row, column = divmod(place, card.columns)
    return _PAD + column * (card.cell + 8), card.nodes_top + row * card.row_height


def _router(left: int, router: Router) -> list[str]:
    lines = [router.name, router.address] if router.name and router.address else [router.label]
    second = f"{lines[1]}  AS {router.asn}" if len(lines) > 1 else f"AS {router.asn}"
    return [
        _box(left, _HEAD, _ROUTER_WIDTH, _ROUTER_HEIGHT, _ROUTER, _ROUTER_EDGE, radius=4),
        _text(left + 8, _HEAD + 17, _cut(lines[0], _ROUTER_WIDTH), size=11, weight=600),
        _text(left + 8, _HEAD + 32, _cut(second, _ROUTER_WIDTH), size=11, fill=_DIM),
    ]


def _links(card: _Card, places: dict[str, int], cells: dict[str, tuple[int, int]]) -> list[str]:
    rack = card.rack
    bottom = _HEAD + _ROUTER_HEIGHT
    first_row = {name for name, (_, top) in cells.items() if top == card.nodes_top}
    parts = []
    if len(rack.nodes) <= _FEW and len(first_row) == len(rack.nodes):
        for session in rack.sessions:
            left, top = cells[session.node]
            x = places[session.router] + _ROUTER_WIDTH // 2
            parts.append(_line(x, bottom, left + card.cell // 2, top, width=1.2))
        return parts
    rail = card.nodes_top - 12
    right = max(
        _PAD + card.columns * (card.cell + 8) - 8,
        max(places.values()) + _ROUTER_WIDTH // 2,
    )
    parts.append(_line(_PAD, rail, right, rail, width=3))
    for router in rack.routers:
        x = places[router.key] + _ROUTER_WIDTH // 2
        count = sum(1 for session in rack.sessions if session.router == router.key)
        parts.append(_line(x, bottom, x, rail, width=3))
        parts.append(_text(x + 7, bottom + 20, f"{count} sessions", size=11, fill=_DIM))
    return parts


def _pools(pools: Sequence[Pool], top: int) -> tuple[list[str], int, int]:
    parts: list[str] = []
    left, row, right = _MARGIN, 0, 0
    for pool in pools:
        lines = [*_few(pool.blocks, 4), pool_words(pool)]
        lines += _few([announcement_words(item) for item in pool.announcements], 3)
        lines += [] if pool.announcements else ["announced nowhere"]
        longest = max(len(line) for line in [f"pool {pool.name}", *lines])
        width = min(max(round(longest * _CHARACTER) + 2 * 10, 200), 480)
        height = 28 + 16 * len(lines) + 6
        if left > _MARGIN and left + width > _PAGE - _MARGIN:
            left, top, row = _MARGIN, top + row + _GAP, 0
        parts.append(_box(left, top, width, height, _POOL, _POOL_EDGE, radius=8))
        parts.append(_text(left + 10, top + 20, f"pool {pool.name}", size=13, weight=600))
        for number, line in enumerate(lines):
            fill = _INK if number < len(pool.blocks) else _DIM
            parts.append(
                _text(left + 10, top + 38 + 16 * number, _cut(line, width), size=11, fill=fill)
            )
        right = max(right, left + width)
        left, row = left + width + _GAP, max(row, height)
    return parts, (top + row + 2 * _GAP if pools else top), right


def _few(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"and {len(lines) - most + 1} more"]


def _cut(label: str, width: int) -> str:
    most = max(3, int((width - 12) / (_CHARACTER - 0.5)))
    return label if len(label) <= most else label[: most - 1] + "…"


def _document(width: int, height: int, parts: Iterable[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" style="{_FONT}">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{width}" height="{height}" fill="#f5f7f9"/>{"".join(parts)}</svg>\n'
    )


def _box(left: int, top: int, width: int, height: int, fill: str, edge: str, *, radius: int) -> str:
    return (
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}" '
        f'fill="{fill}" stroke="{edge}"/>'
    )


def _line(x1: int, y1: int, x2: int, y2: int, *, width: float) -> str:
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_SESSION}" '
        f'stroke-width="{width}"/>'
    )


def _text(
    left: int, top: int, label: str, *, size: int, weight: int = 400, fill: str = _INK
) -> str:
    return (
        f'<text x="{left}" y="{top}" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}">{escape(label)}</text>'
    )
