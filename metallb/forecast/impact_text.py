"""What a change does, for a terminal and for a comment on the change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from metallb.forecast.impact import Group, Impact, Narrowing
from metallb.forecast.rerouting import Rerouting, Route, Unsent
from metallb.forecast.steps import Wave
from metallb.problems.escape import markdown_code, visible
from metallb.topology.model import count

__all__ = ["UNCOUNTED", "headline", "markdown", "text"]

UNCOUNTED = "labels that stand for one node each (give nodeCount, --count, --nodes or --cluster)"
"""What texts say of label selectors."""
_MOST = 12
"""Lines of one kind; --json has all."""
_NAMES = 4
"""Names in a row of a table or in a line."""


def headline(impact: Impact) -> str:
    """The one line that says what matters most."""
    line = f"sessions that redial: {impact.redials}"
    if impact.redials:
        return f"{line}, each for at most {impact.seconds} s"
    if impact.rerouted and not (impact.ended or impact.opened):
        return f"{line}; routes that change: {_flows(impact.moved)}"
    return line


def text(impact: Impact) -> str:
    """Lines for a terminal."""
    return "\n".join(map(visible, _lines(impact)))


def _lines(impact: Impact) -> Iterator[str]:
    yield headline(impact)
    yield from _some(f"  {_where(each)}: {_why(each)}" for each in impact.redialled)
    for words, groups in (("end", impact.ended), ("are new", impact.opened)):
        if groups:
            yield f"sessions that {words}: {sum(len(group.nodes) for group in groups)}"
            yield from _some(f"  {_where(each)}" for each in groups)
    yield f"sessions that stay up: {impact.kept}"
    if impact.restarted:
        yield _restarts(impact)
    if impact.waves:
        waves = count(len(impact.waves), "wave")
        yield f"changed in {waves}, each once the sessions of the one before are up"
        yield from _some(f"  {number}: {_wave(each)}" for number, each in _numbered(impact))
    if impact.narrowed:
        yield "next hops: before, meanwhile, after"
        yield from _some(f"  {_hops(each)}" for each in _worst_first(impact.narrowed))
    if impact.rerouted:
        yield "routes: before, after"
        yield from _some(f"  {_line(each)}" for each in _most_first(impact.rerouted))
    yield from _some(map(_unsent, impact.unsent))
    if impact.addresses:
        yield f"addresses that are no longer announced: {_names(impact.addresses)}"
    if impact.services:
        yield f"  used by: {_names(impact.services)}"
    if impact.uncounted:
        yield f"{UNCOUNTED}: {_names(impact.uncounted)}"
    if impact.advice:
        yield "another way to the same end"
        yield from (f"  {_names(each.peers)}: {each.help}" for each in impact.advice)


def markdown(impact: Impact) -> Iterator[str]:
    """Lines of Markdown. Everything that comes from a file is in a code span."""
    yield f"**{headline(impact)}**"
    if impact.redialled:
        yield from ("", "| router | nodes | peer | why | at most |", "|---|---|---|---|---|")
        yield from _some(
            f"| {_code(each.router)} | {_code(_names(each.nodes))} | {_code(each.peer)} "
            f"| {_code(', '.join(each.fields))} | {each.seconds} s |"
            for each in impact.redialled
        )
    if impact.narrowed:
        yield from (
            "",
            "| pools | router | next hops | meanwhile | after |",
            "|---|---|---|---|---|",
        )
        yield from _some(
            f"| {_code(_names(each.pools))} | {_code(each.router)} | {each.before} "
            f"| {each.meanwhile} | {each.after} |"
            for each in _worst_first(impact.narrowed)
        )
    if impact.rerouted:
        yield from ("", "| pools | routers | routes | after | flows that move |")
        yield "|---|---|---|---|---|"
        yield from _some(
            f"| {_code(_names(each.pools))} | {_code(_names(each.routers))} "
            f"| {_code(_routes(each.former, each))} | {_code(_routes(each.present, each))} "
            f"| {each.moved:.0%} |"
            for each in _most_first(impact.rerouted)
        )
    for each in impact.unsent:
        yield from ("", _unsent(each, _code))
    if impact.restarted:
        yield from ("", _restarts(impact, _code))
    if impact.waves:
        yield from ("", f"In {count(len(impact.waves), 'wave')}:", "")
        yield from ("| wave | peers | sessions | at most | |", "|---|---|---|---|---|")
        yield from _some(
            f"| {number} | {_code(_names(each.peers))} | {each.sessions} | {each.seconds} s "
            f"| {_code(_notes(each)) if each.kept or each.fault else ''} |"
            for number, each in _numbered(impact)
        )
    if impact.addresses:
        yield from ("", f"No longer announced: {_code(_names(impact.addresses))}")
    if impact.advice:
        yield ""
        yield from (f"- {_code(_names(each.peers))}: {each.help}" for each in impact.advice)


def _restarts(impact: Impact, spelled: Callable[[str], str] = str) -> str:
    nodes = count(len(impact.restarted), "node")
    return (
        f"speakers restart node after node, which ends all sessions of a node at once: {nodes} "
        f"({spelled(_names(impact.restarted))})"
    )


def _numbered(impact: Impact) -> Iterator[tuple[int, Wave]]:
    return enumerate(impact.waves, 1)


def _wave(wave: Wave) -> str:
    parts = [count(wave.sessions, "session"), f"at most {wave.seconds} s", *_kept(wave)]
    line = f"{_names(wave.peers)} ({', '.join(parts)})"
    return f"{line}: REFUSED by up: {wave.fault}" if wave.fault else line


def _notes(wave: Wave) -> str:
    return wave.fault or ", ".join(_kept(wave))


def _kept(wave: Wave) -> Iterator[str]:
    """What is left of pools that have a limit."""
    for each in wave.kept:
        yield f"{each.pool} keeps {count(each.announcers, 'announcer')}"


def _worst_first(narrowed: Sequence[Narrowing]) -> list[Narrowing]:
    return sorted(narrowed, key=lambda each: (each.meanwhile, each.after))


def _most_first(rerouted: Sequence[Rerouting]) -> list[Rerouting]:
    return sorted(rerouted, key=lambda each: -each.moved)


def _line(each: Rerouting) -> str:
    where = f"{_names(each.pools)} at {_names(each.routers)}"
    change = f"{_routes(each.former, each)} to {_routes(each.present, each)}"
    plain = _flows(each.moved)
    return f"{where}: {change}; {plain}" + (
        f", {each.resilient:.0%} with resilient hashing" if each.resilient < each.moved else ""
    )


def _flows(moved: float) -> str:
    return f"at most {moved:.0%} of the flows move" if moved else "no flow moves"


_ATTRIBUTES: Mapping[str, Callable[[Route], str]] = {
    "prefixes": lambda route: ", ".join(f"/{each}" for each in route.lengths),
    "localPref": lambda route: (
        "not sent" if route.local_pref is None else f"localPref {route.local_pref}"
    ),
    "path": lambda route: f"AS path of {route.as_path}",
    "communities": lambda route: ", ".join(route.communities) or "no community",
}


def _routes(routes: Sequence[Route], of: Rerouting) -> str:
    """Nodes by rank, each with the attributes in which routes differ before or after."""
    every = (*of.former, *of.present)
    shown = [each for each in _ATTRIBUTES.values() if len(set(map(each, every))) > 1]
    words = ""
    for index, route in enumerate(routes):
        if index:
            words += " and " if routes[index - 1].rank == route.rank else ", then "
        attributes = "; ".join(each(route) for each in shown)
        words += _names(route.nodes) + (f" ({attributes})" if attributes else "")
    return words or "no route"


def _unsent(each: Unsent, spelled: Callable[[str], str] = str) -> str:
    return (
        f"{each.field} of {spelled(_names(each.pools))} has no effect at "
        f"{spelled(_names(each.routers))}, of another AS: it is not sent there (RFC 4271, 5.1.5)"
    )


def _where(group: Group) -> str:
    return f"{group.router} of {_names(group.nodes)}"


def _why(group: Group) -> str:
    return f"{', '.join(group.fields)} of BGPPeer {group.peer}, at most {group.seconds} s"


def _hops(each: Narrowing) -> str:
    line = f"{_names(each.pools)} at {each.router}: {each.before}, {each.meanwhile}, {each.after}"
    return line if each.meanwhile else f"{line} (no route meanwhile)"


def _names(names: Sequence[str]) -> str:
    if len(names) <= _NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMES - 1])} and {len(names) - _NAMES + 1} more"


def _some(lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    yield from listed[:_MOST]
    if len(listed) > _MOST:
        yield f"  ... and {count(len(listed) - _MOST, 'more line')}: --json has all"


def _code(value: str) -> str:
    return markdown_code(value)
