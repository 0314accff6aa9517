"""A report as Markdown, for a comment on a change: always whole, and always short enough.

What does not fit is left out by whole rows and resources and counted, so that no table and no fence
is cut through.
"""

from collections.abc import Iterable, Iterator

from metallb.runner.differences import line_differences, value_pair
from metallb.runner.report import (
    ErrorReport,
    FindingReport,
    PropertyChange,
    ResourceChange,
    RunReport,
)
from metallb.runner.text import counts, short_type

__all__ = ["MAX_CHARACTERS", "markdown", "marker"]

MAX_CHARACTERS = 60_000
"""GitHub refuses comments of more than 65,536; a workflow may add words of its own."""
_FOR_ERROR = 20_000
_FOR_CHANGES = 20_000
"""Kept free for the changes, however many findings there are."""
_FOR_ENDS = 400
"""For the lines that close a part and say what is left out."""
_LINE = 1_000
"""No line is longer: one value does not push out everything else."""
_SEEN = 300
"""No finding shows more of what was seen: it must not push out what to do."""
_PROPERTIES = 50
"""No resource shows more of them, for the same reason."""
_FOR_RESOURCE = 15_000
"""And no more than that of them: less than `_FOR_CHANGES`, so that the first resource has room."""


def marker(command: str, stack: str) -> str:
    """The first line, which nobody sees: by it the comment is found again and brought up to date.

    Other programs comment under the same name, so "the last comment" may be one of theirs.
    """
    return f"<!-- metallb {command} {' '.join(stack.replace('>', '').split())} -->"


def markdown(report: RunReport) -> str:
    """The report as a comment: the counts first, then findings, then every change."""
    lines = [
        marker(report.command, report.stack),
        _short(f"### MetalLB `{report.stack}`: {report.command} {report.result}"),
        "",
        counts(report),
    ]
    if report.error is not None:
        lines += _error(report.error)
    changes = [list(_diff(resource)) for resource in report.resources]
    if report.findings:
        kept = min(_FOR_CHANGES, sum(_length(change) for change in changes))
        lines += _findings(report.findings, _room(lines) - kept)
    if changes:
        lines += _changes(changes, _room(lines))
    return "\n".join(lines) + "\n"


def _room(lines: list[str]) -> int:
    return MAX_CHARACTERS - _length(lines) - _FOR_ENDS


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _error(error: ErrorReport) -> Iterator[str]:
    yield from ("", "**Error**", "")
    yield from _fenced([_short(f"{error.where}: {error.rule}")])
    seen = [_short(line) for line in error.seen.splitlines()]
    kept = _fitting(([line] for line in seen), _FOR_ERROR)
    lines = [line for (line,) in kept]
    if len(kept) < len(seen):
        lines.append(f"... and {len(seen) - len(kept)} more lines: see the log")
    yield from _fenced([*lines, *([_short(error.remedy)] if error.remedy else [])])


def _findings(findings: tuple[FindingReport, ...], room: int) -> Iterator[str]:
    rows = [
        f"| {finding.severity} | {finding.id} | {_code(finding.where)} | {_what(finding)} |"
        for finding in findings
    ]
    kept = _fitting(([row] for row in rows), room)
    yield from ("", "| | rule | where | what |", "|---|---|---|---|")
    yield from (row for (row,) in kept)
    if len(kept) < len(rows):
        errors = sum(finding.severity == "error" for finding in findings)
        yield ""
        yield (
            f"... and {len(rows) - len(kept)} more: {errors} errors and {len(rows) - errors} "
            "warnings in all, see the log"
        )


def _what(finding: FindingReport) -> str:
    """What was seen is code: it comes from the stack file, and may hold anything."""
    seen = finding.seen if len(finding.seen) <= _SEEN else finding.seen[:_SEEN] + "..."
    parts = (
        _cell(finding.rule),
        f"seen: {_code(seen)}" if seen.strip() else "",
        f"remedy: {_cell(finding.remedy)}" if finding.remedy else "",
    )
    return "; ".join(part for part in parts if part)


def _changes(changes: list[list[str]], room: int) -> Iterator[str]:
    kept = _fitting(changes, room)
    yield from ("", "<details open><summary>Changes</summary>", "", "```diff")
    for lines in kept:
        # What a property holds must not end the fence; this leaves the length as it is.
        yield from (line.replace("```", "'''") for line in lines)
    if len(kept) < len(changes):
        yield f"... and {len(changes) - len(kept)} more: see the log"
    yield from ("```", "</details>")


def _fitting(parts: Iterable[list[str]], room: int) -> list[list[str]]:
    """The first parts that fit, each whole."""
    kept = []
    for part in parts:
        room -= _length(part)
        if room < 0:
            break
        kept.append(part)
    return kept


def _diff(resource: ResourceChange) -> Iterator[str]:
    sign = {"create": "+", "delete": "-"}.get(resource.kind, "!")
    yield _short(f"{sign} {resource.kind} {short_type(resource.type)} {resource.name}")
    parts = (list(_property(change)) for change in resource.properties[:_PROPERTIES])
    kept = _fitting(parts, _FOR_RESOURCE)
    for lines in kept:
        yield from lines
    more = len(resource.properties) - len(kept)
    if more > 0:
        yield f"      ... and {more} more properties: see the log"


def _property(change: PropertyChange) -> Iterator[str]:
    """One property; the sign comes first in every line, or a comment would not colour it."""
    lines = line_differences(change.old, change.new)
    if lines:
        yield _short(f"      {change.path}:")
        for sign, told in lines:
            yield f"@@ {told} @@" if sign == "@@" else f"{sign:8}{told}"
        return
    old, new = value_pair(change.old, change.new)
    if change.old is not None:
        yield _short(f"-     {change.path}: {old}")
    if change.new is not None:
        yield _short(f"+     {change.path}: {new}")


def _short(line: str) -> str:
    line = " ".join(line.splitlines())
    return line if len(line) <= _LINE else line[:_LINE] + "..."


def _cell(value: str) -> str:
    """Cut before the bars are escaped: half an escape would open a column."""
    return " ".join(_short(value).replace("|", "\\|").split())


def _code(value: str) -> str:
    return "`" + _cell(value.replace("`", "'")) + "`"


def _fenced(lines: Iterable[str]) -> list[str]:
    return ["```", *(line.replace("```", "'''") for line in lines), "```"]
