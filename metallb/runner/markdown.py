"""A report as Markdown, for a comment on a change: always whole, and always short enough.

What does not fit is left out by whole rows and resources and counted, so that no table and no fence
is cut through. Whatever comes from elsewhere (a file, the provider, the engine) is in a code span
or a fence, in which it forms no markup, no mention and no link.
"""

from collections.abc import Iterable, Iterator

from metallb.forecast.impact_text import markdown as impact_markdown
from metallb.problems.escape import escaped, markdown_code, markdown_fenced, one_line
from metallb.problems.text import problems_text
from metallb.runner.differences import line_differences, value_pair
from metallb.runner.report import (
    ErrorReport,
    ProblemReport,
    PropertyChange,
    ResourceChange,
    RunReport,
)
from metallb.runner.text import counts, short_type

__all__ = ["MAX_CHARACTERS", "is_comment", "markdown", "marker"]

_MARKER = "<!-- metallb "
MAX_CHARACTERS = 60_000
"""GitHub refuses comments of more than 65,536; a workflow may add words of its own."""
_FOR_ERROR = 20_000
_FOR_CHANGES = 20_000
"""Kept free for the changes, however many problems there are."""
_FOR_ENDS = 400
"""For the lines that close a part and say what is left out."""
_LINE = 1_000
"""No line is longer: one value does not push out everything else."""
_SUMMARY = 300
"""No problem has a longer summary: it must not push out what to do."""
_PROPERTIES = 50
"""No resource shows more of them, for the same reason."""
_FOR_RESOURCE = 15_000
"""And no more than that of them: less than `_FOR_CHANGES`, so that the first resource has room."""


def marker(command: str, stack: str) -> str:
    """The first line, which is not displayed: by it the comment is found again and updated.

    Other programs comment under the same name, so "the last comment" may be one of theirs.
    """
    return f"{_MARKER}{command} {one_line(stack.replace('>', ''))} -->"


def is_comment(text: str) -> bool:
    """Whether a file that begins like this is a report as Markdown."""
    return text.startswith(_MARKER)


def markdown(report: RunReport) -> str:
    """The report as a comment: the counts first, then problems, then every change."""
    lines = [
        marker(report.command, report.stack),
        f"### MetalLB {_code(report.stack)}: {report.command} {report.result}",
        "",
        counts(report),
    ]
    if report.error is not None:
        lines += _error(report.error)
    if report.impact is not None:
        lines += ["", *map(_short, impact_markdown(report.impact))]
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
    problems = [_problem_lines(each) for each in error.problems]
    kept = _fitting(problems, _FOR_ERROR)
    lines = [line for lines in kept for line in lines]
    if len(kept) < len(problems):
        lines.append(f"... and {len(problems) - len(kept)} more: see the log")
    yield from _fenced(lines or [_short(error.summary)])


def _problem_lines(report: ProblemReport) -> list[str]:
    return [_short(line) for line in problems_text([report.problem()]).splitlines()]


def _findings(findings: tuple[ProblemReport, ...], room: int) -> Iterator[str]:
    rows = [
        f"| {each.severity} | {each.code} | {_code(each.where)} | {_what(each)} |"
        for each in findings
    ]
    kept = _fitting(([row] for row in rows), room)
    yield from ("", "| | code | location | problem |", "|---|---|---|---|")
    yield from (row for (row,) in kept)
    if len(kept) < len(rows):
        errors = sum(each.severity == "error" for each in findings)
        yield ""
        yield (
            f"... and {len(rows) - len(kept)} more: {errors} errors and {len(rows) - errors} "
            "warnings in all, see the log"
        )


def _what(report: ProblemReport) -> str:
    """Summary, rule and help."""
    problem = report.problem()
    summary = problem.summary
    summary = summary if len(summary) <= _SUMMARY else summary[:_SUMMARY] + "..."
    parts = (("", summary), ("", problem.detail), ("help: ", problem.help))
    return "; ".join(f"{label}{_code(text)}" for label, text in parts if text)


def _changes(changes: list[list[str]], room: int) -> Iterator[str]:
    kept = _fitting(changes, room)
    yield from ("", "<details open><summary>Changes</summary>", "", "```diff")
    for lines in kept:
        # What a property holds must not end the fence; this leaves the length as it is.
        yield from map(markdown_fenced, lines)
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
        for sign, shown in lines:
            yield _short(f"@@ {shown} @@" if sign == "@@" else f"{sign:8}{shown}")
        return
    old, new = value_pair(change.old, change.new)
    if change.old is not None:
        yield _short(f"-     {change.path}: {old}")
    if change.new is not None:
        yield _short(f"+     {change.path}: {new}")


def _short(line: str) -> str:
    line = escaped(" ".join(line.splitlines()))
    return line if len(line) <= _LINE else line[:_LINE] + "..."


def _code(value: str) -> str:
    """A code span. Cut before its bars are escaped: half an escape would open a column."""
    return markdown_code(_short(value))


def _fenced(lines: Iterable[str]) -> list[str]:
    return ["```", *map(markdown_fenced, lines), "```"]
