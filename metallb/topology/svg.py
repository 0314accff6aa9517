"""The topology as SVG: one card a rack, its routers on top, its nodes in a grid below.

Placed by plain arithmetic, so the same stack file gives the same bytes. A few nodes stand side by
side with every session as a line; above that one line a router stands for all of them, and says so.
A name that its box can't hold is cut, and whole in the box's tooltip.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metallb.problems.escape import xml
from metallb.topology.model import Mark, Pool, Rack, Router, Topology, count
from metallb.topology.text import announcement_words, pool_words

__all__ = ["rack_svg", "svg"]

_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
_INK, _DIM, _LINE, _PAPER = "#1c2733", "#5a6b7b", "#c6d0da", "#ffffff"
_ROUTER, _NODE, _POOL, _SESSION = "#e8f0fe", "#eaf6ee", "#fff4e0", "#7a8ea3"
_MARKED = {Mark.FAILED: ("#fbd5d5", "#b42318"), Mark.AT_RISK: ("#ffe2b8", "#b25e09")}
"""Fill and edge of what has failed, and of what is at risk."""
_ROUTER_EDGE, _NODE_EDGE, _POOL_EDGE = "#4a78c2", "#4b9a63", "#c98a1b"

_MARGIN, _GAP, _PAD = 24, 16, 14
_PAGE = 1600
_WHOLE_ROOM, _SHARED_ROOM, _ALONE_ROOM = _PAGE - 2 * _MARGIN - 2 * _PAD, 460, 1040
"""Width for nodes: of the page; among other racks, kept as wide as high; alone on HTML's page."""
_FEW = 12
"""Nodes up to which a card draws every session, if they stand side by side on the page."""
_CELL_HEIGHT, _HEAD, _LINE_HEIGHT = 26, 34, 15
_NARROWEST_CELL, _WIDEST_CELL = 72, 440
_NARROWEST_ROUTER, _WIDEST_ROUTER = 164, 380
_IN_ONE_LINE = 36
"""Characters up to which a router's address and AS number share a line."""
_CHARACTER, _BOLD, _HEADING, _TITLE = 6.7, 7.6, 8.8, 14.5
"""Width of a character of 11 px, bold, of 13 px bold, of 22 px bold; generous, so that names stay
inside their boxes whichever font there is."""


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
        if self.has_routers:
            routers = len(self.rack.routers) * (self.router_width + 12) - 12
        head = round(len(_head(self.rack)) * _HEADING)
        return max(nodes, routers, head, 220) + 2 * _PAD

    @property
    def has_routers(self) -> bool:
        """Whether routers stand above the nodes."""
        return bool(self.rack.routers) and not self.rack.own_routers

    @property
    def router_width(self) -> int:
        needed = [_wide(lines) for lines in map(_router_lines, self.rack.routers)]
        return min(max(_NARROWEST_ROUTER, *needed), _WIDEST_ROUTER)

    @property
    def router_height(self) -> int:
        most = max(len(_router_lines(router)) for router in self.rack.routers)
        return 10 + most * _LINE_HEIGHT

    @property
    def nodes_top(self) -> int:
        return _HEAD + self.router_height + 46 if self.has_routers else _HEAD

    @property
    def row_height(self) -> int:
        return (_CELL_HEIGHT + 14 if self.rack.own_routers else _CELL_HEIGHT) + 8

    @property
    def height(self) -> int:
        rows = -(-len(self.rack.nodes) // self.columns)
        return self.nodes_top + rows * self.row_height + _PAD - 8


def svg(topology: Topology) -> str:
    """The whole picture."""
    room = _WHOLE_ROOM if len(topology.racks) == 1 else _SHARED_ROOM
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
    words = max(len(topology.headline()) * 8, len(topology.stack) * _TITLE)
    width = max(right, _MARGIN + round(words)) + _MARGIN
    return _document(width, height, parts, f"Topology of {topology.stack}")


def rack_svg(rack: Rack) -> str:
    """One rack alone, for a page that shows them one by one."""
    card = _card(rack, _ALONE_ROOM)
    return _document(card.width, card.height, [_drawn(card)], f"Rack {rack.name}")


def _card(rack: Rack, room: int) -> _Card:
    shown = [len(node.name) for node in rack.nodes]
    if rack.own_routers:
        shown += [len(_own(rack.routers_of(node.name))) for node in rack.nodes]
    needed = round(max(shown, default=0) * _CHARACTER) + 14
    cell = min(max(needed, _NARROWEST_CELL), _WIDEST_CELL)
    if len(rack.nodes) == 1:
        cell = min(max(needed, _NARROWEST_CELL), max(room, _WIDEST_CELL))
    if _few(rack) and len(rack.nodes) * (cell + 8) <= _WHOLE_ROOM + 8:
        return _Card(rack, cell, max(1, len(rack.nodes)))
    fitting = max(1, (room + 8) // (cell + 8))
    return _Card(rack, cell, max(1, min(fitting, len(rack.nodes))))


def _few(rack: Rack) -> bool:
    """Whether each session is worth a line."""
    return not rack.own_routers and len(rack.nodes) <= _FEW


def _drawn(card: _Card) -> str:
    rack = card.rack
    parts = [
        _box(0, 0, card.width, card.height, _PAPER, _LINE, radius=8),
        _text(_PAD, 22, _head(rack), size=13, weight=600),
    ]
    cells = {node.name: _cell(card, place) for place, node in enumerate(rack.nodes)}
    if card.has_routers:
        places = {
            router.key: _PAD + place * (card.router_width + 12)
            for place, router in enumerate(rack.routers)
        }
        parts += _links(card, places, cells)
        for router in rack.routers:
            parts += _router(card, places[router.key], router)
    for node in rack.nodes:
        left, top = cells[node.name]
        high = card.row_height - 8
        shown = _cut(node.name, card.cell)
        drawn = [
            _box(left, top, card.cell, high, *_colours(node.mark, _NODE, _NODE_EDGE), radius=4),
            _text(left + 7, top + 17, shown, size=11),
        ]
        whole = [node.name]
        if rack.own_routers:
            whole.append(_own(rack.routers_of(node.name)))
            shown = _cut(whole[-1], card.cell)
            drawn.append(_text(left + 7, top + 31, shown, size=10, fill=_DIM))
        parts += _hinted(drawn, whole)
    return "".join(parts)


def _head(rack: Rack) -> str:
    return f"{rack.name}: {rack.summary}"


def _own(routers: Iterable[Router]) -> str:
    return " ".join(f"{router.label} AS{router.asn}" for router in routers)


def _cell(card: _Card, place: int) -> tuple[int, int]:
    row, column = divmod(place, card.columns)
    return _PAD + column * (card.cell + 8), card.nodes_top + row * card.row_height


def _router_lines(router: Router) -> list[str]:
    """Its name, address and AS number; the last two on one line where they are short."""
    asn = router.system
    if not (router.name and router.address):
        return [router.label, asn]
    second = f"{router.address}  {asn}"
    rest = [second] if len(second) <= _IN_ONE_LINE else [router.address, asn]
    return [router.name, *rest]


def _wide(lines: Sequence[str]) -> int:
    """Width that a router's lines want; the first is bold."""
    return round(max(len(lines[0]) * _BOLD, *(len(line) * _CHARACTER for line in lines[1:]))) + 16


def _router(card: _Card, left: int, router: Router) -> list[str]:
    width = card.router_width
    colours = _colours(router.mark, _ROUTER, _ROUTER_EDGE)
    first, *rest = lines = _router_lines(router)
    drawn = [
        _box(left, _HEAD, width, card.router_height, *colours, radius=4),
        _text(left + 8, _HEAD + 17, _cut(first, width, _BOLD), size=11, weight=600),
    ]
    drawn += [
        _text(left + 8, _HEAD + 17 + _LINE_HEIGHT * place, _cut(line, width), size=11, fill=_DIM)
        for place, line in enumerate(rest, 1)
    ]
    return _hinted(drawn, lines)


def _links(card: _Card, places: dict[str, int], cells: dict[str, tuple[int, int]]) -> list[str]:
    rack = card.rack
    bottom = _HEAD + card.router_height
    middle = card.router_width // 2
    first_row = {name for name, (_, top) in cells.items() if top == card.nodes_top}
    parts = []
    if _few(rack) and len(first_row) == len(rack.nodes):
        for session in rack.sessions:
            left, top = cells[session.node]
            x = places[session.router] + middle
            parts.append(_line(x, bottom, left + card.cell // 2, top, width=1.2))
        return parts
    rail = card.nodes_top - 12
    right = max(
        _PAD + card.columns * (card.cell + 8) - 8,
        max(places.values()) + middle,
    )
    parts.append(_line(_PAD, rail, right, rail, width=3))
    for router in rack.routers:
        x = places[router.key] + middle
        kept = sum(1 for session in rack.sessions if session.router == router.key)
        parts.append(_line(x, bottom, x, rail, width=3))
        parts.append(_text(x + 7, bottom + 20, count(kept, "session"), size=11, fill=_DIM))
    return parts


def _pools(pools: Sequence[Pool], top: int) -> tuple[list[str], int, int]:
    parts: list[str] = []
    left, row, right = _MARGIN, 0, 0
    for pool in pools:
        title = f"pool {pool.name}"
        blocks = _some(pool.blocks, 4)
        announced = [announcement_words(item) for item in pool.announcements]
        lines = [*blocks, pool_words(pool), *(_some(announced, 3) or ["announced nowhere"])]
        longest = max(len(title) * _HEADING, *(len(line) * _CHARACTER for line in lines))
        width = min(max(round(longest) + 2 * 10, 200), 480)
        height = 28 + 16 * len(lines) + 6
        if left > _MARGIN and left + width > _PAGE - _MARGIN:
            left, top, row = _MARGIN, top + row + _GAP, 0
        shown = _cut(title, width, _HEADING)
        drawn = [
            _box(left, top, width, height, *_colours(pool.mark, _POOL, _POOL_EDGE), radius=8),
            _text(left + 10, top + 20, shown, size=13, weight=600),
        ]
        for number, line in enumerate(lines):
            fill = _INK if number < len(blocks) else _DIM
            shown = _cut(line, width)
            drawn.append(_text(left + 10, top + 38 + 16 * number, shown, size=11, fill=fill))
        parts += _hinted(drawn, [title, *pool.blocks, pool_words(pool), *announced])
        right = max(right, left + width)
        left, row = left + width + _GAP, max(row, height)
    return parts, (top + row + 2 * _GAP if pools else top), right


def _some(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"and {len(lines) - most + 1} more"]


def _cut(label: str, width: int, character: float = _CHARACTER) -> str:
    most = max(3, int((width - 12) / (character - 0.5)))
    return label if len(label) <= most else label[: most - 1] + "…"


def _hinted(drawn: list[str], whole: Sequence[str]) -> list[str]:
    """What is drawn, with the whole of it as a tooltip where something was cut or left out."""
    shown = "".join(drawn)
    if all(f">{xml(line)}<" in shown for line in whole):
        return drawn
    return [f"<g><title>{xml(*whole)}</title>", *drawn, "</g>"]


def _document(width: int, height: int, parts: Iterable[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" style="{_FONT}">'
        f"<title>{xml(title)}</title>"
        f'<rect width="{width}" height="{height}" fill="#f5f7f9"/>{"".join(parts)}</svg>\n'
    )


def _colours(mark: Mark, fill: str, edge: str) -> tuple[str, str]:
    return _MARKED.get(mark, (fill, edge))


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
        f'fill="{fill}">{xml(label)}</text>'
    )
