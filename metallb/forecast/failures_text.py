"""Failures for a terminal: those that do the same stand in one row, the worst first."""

from collections.abc import Iterator, Sequence

from metallb.forecast.failures import Failure
from metallb.problems.escape import markdown_code, visible
from metallb.topology.model import count

__all__ = ["markdown", "text"]

_HEAD = ("what fails", "sessions", "no route at", "next hops", "moved", "resilient", "noticed")
_NO_PAIR = "no pair of failures takes a pool away that one of the two alone does not"
_NAMES = 3
_MOST = 30
"""Rows; --format json has all."""


def text(failures: Sequence[Failure], *, uncounted: Sequence[str] = (), pairs: bool = False) -> str:
    """A table, and below it the pools that nothing announces any more.

    :param uncounted: label selectors whose nodes are not known.
    :param pairs: whether the failures are pairs that are worse than each of their elements.
    """
    return "\n".join(map(visible, _lines(failures, uncounted, pairs=pairs)))


def markdown(
    failures: Sequence[Failure], *, uncounted: Sequence[str] = (), pairs: bool = False
) -> str:
    """The same in Markdown. Everything that comes from a file is in a code span."""
    return "\n".join(_markdown(failures, uncounted, pairs=pairs))


def _markdown(
    failures: Sequence[Failure], uncounted: Sequence[str], *, pairs: bool
) -> Iterator[str]:
    if pairs and not failures:
        yield _NO_PAIR
        return
    groups = _groups(failures)
    yield f"| {' | '.join(_HEAD)} |"
    yield f"|{'---|' * len(_HEAD)}"
    for group in groups[:_MOST]:
        yield f"| {' | '.join(map(markdown_code, _row(group)))} |"
    yield ""
    if len(groups) > _MOST:
        yield f"... and {count(len(groups) - _MOST, 'more row')}: --format json has all"
    yield from (f"- {markdown_code(line)}" for line in _below(groups, uncounted))


def _lines(failures: Sequence[Failure], uncounted: Sequence[str], *, pairs: bool) -> Iterator[str]:
    if pairs and not failures:
        yield _NO_PAIR
        return
    groups = _groups(failures)
    rows = [_HEAD, *(_row(group) for group in groups[:_MOST])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if len(groups) > _MOST:
        yield f"... and {count(len(groups) - _MOST, 'more row')}: --format json has all"
    yield ""
    yield from _below(groups, uncounted)


def _below(groups: Sequence[Sequence[Failure]], uncounted: Sequence[str]) -> Iterator[str]:
    """What the table does not say."""
    worst = [group for group in groups if group[0].unreachable]
    if not worst:
        yield "every pool stays reachable"
    for group in worst[:_MOST]:
        yield f"{_failed(group)}: nothing announces {_names(group[0].unreachable)} any more"
    for words in uncounted:
        yield (
            f"nodes by label ({words}) stand for one node, which does not fail by itself: "
            "give their number (nodeCount, --count, --nodes, --cluster)"
        )


def _groups(failures: Sequence[Failure]) -> list[list[Failure]]:
    found: dict[tuple[object, ...], list[Failure]] = {}
    for each in failures:
        kinds = tuple(name.partition(" ")[0] for name in each.failed)
        key = (
            kinds,
            each.sessions,
            each.unreachable,
            len(each.without_route),
            each.before,
            each.after,
            each.seconds,
        )
        found.setdefault(key, []).append(each)
    return sorted(
        found.values(),
        key=lambda group: (
            -len(group[0].unreachable),
            -len(group[0].without_route),
            -group[0].moved,
            -group[0].sessions,
        ),
    )


def _row(group: Sequence[Failure]) -> tuple[str, ...]:
    each = group[0]
    routers = dict.fromkeys(loss.router for loss in each.without_route)
    return (
        _failed(group),
        str(each.sessions),
        _names(tuple(routers)) if len(group) == 1 else str(len(routers) or ""),
        f"{each.before} to {each.after}" if each.before else "",
        f"{each.moved:.0%}" if each.before else "",
        f"{each.resilient:.0%}" if each.before else "",
        "never" if each.seconds is None else f"{each.seconds:g} s" if each.seconds else "",
    )


def _failed(group: Sequence[Failure]) -> str:
    if len(group[0].failed) > 1:
        names = [" + ".join(each.failed) for each in group]
        return _names(names)
    kind = group[0].failed[0].partition(" ")[0]
    names = [each.failed[0].partition(" ")[2] for each in group]
    return f"{kind} {_names(names)}"


def _names(names: Sequence[str]) -> str:
    if len(names) <= _NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMES - 1])} and {len(names) - _NAMES + 1} more"
