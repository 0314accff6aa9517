"""A report for people: as text for a terminal, and as Markdown for a comment on a change."""

import json
from collections.abc import Iterator
from typing import Any

from metallb.runner.report import FindingReport, ResourceChange, Result, RunReport

__all__ = ["markdown", "outputs_text", "short_type", "text"]

_SIGN = {"create": "+", "delete": "-", "update": "~", "replace": "±", "import": "="}
_AHEAD = {"create": "to create", "delete": "to delete", "update": "to update"}
_DONE = {"create": "created", "delete": "deleted", "update": "updated", "replace": "replaced"}
_MAX_VALUE = 200
# GitHub refuses comments above 65536 characters.
_MAX_MARKDOWN = 60_000


def short_type(token: str) -> str:
    """The type's own name: `kubernetes:metallb.io/v1beta2:BGPPeer` is a BGPPeer."""
    return token.rpartition(":")[2]


def text(report: RunReport) -> str:
    """What happened or would happen, the outputs, and what is to be said about it."""
    return "\n".join(_lines(report))


def outputs_text(outputs: dict[str, Any]) -> str:
    """Outputs, one a line."""
    return "\n".join(f"  {name}: {_value(value)}" for name, value in sorted(outputs.items()))


def _lines(report: RunReport) -> Iterator[str]:
    if report.command == "preview":
        for resource in report.resources:
            yield f"{_sign(resource)} {short_type(resource.type)} {resource.name}"
            for change in resource.properties:
                yield f"    {change.path}: {_value(change.old)} -> {_value(change.new)}"
    for finding in report.findings:
        if finding.severity == "warning" or report.error is None:
            yield _finding(finding)
    for told in report.diagnostics:
        if told.severity == "warning" or report.error is None:
            yield f"{told.severity}: {told.message}"
    if report.outputs:
        yield "outputs:"
        yield outputs_text(report.outputs)
    if report.command != "outputs":
        yield f"{report.command} {report.stack}: {report.result}, {_counts(report)}" + (
            f" ({report.duration_seconds:.0f} s)"
        )


def markdown(report: RunReport) -> str:
    """The report as a comment: the counts first, then findings, then every change."""
    lines = [f"### MetalLB `{report.stack}`: {report.command} {report.result}", "", _counts(report)]
    if report.error is not None:
        lines += ["", "**Error**", "", *_fenced(f"{report.error.where}: {report.error.rule}")]
        lines += _fenced(f"{report.error.seen}\n{report.error.remedy}".strip())
    if report.findings:
        lines += ["", "| | rule | where | what |", "|---|---|---|---|"]
        lines += [
            f"| {finding.severity} | {finding.id} | `{_cell(finding.where)}` "
            f"| {_cell(finding.rule)} {_cell(finding.remedy)} |"
            for finding in report.findings
        ]
    if report.resources:
        changes = [line for resource in report.resources for line in _diff(resource)]
        lines += ["", "<details open><summary>Changes</summary>", "", "```diff", *changes]
        if len("\n".join(lines)) > _MAX_MARKDOWN:
            kept = "\n".join(lines)[:_MAX_MARKDOWN].rpartition("\n")[0]
            lines = [kept, "... and more: see the log"]
        lines += ["```", "</details>"]
    return "\n".join(lines) + "\n"


def _sign(resource: ResourceChange) -> str:
    return "!" if resource.failed else _SIGN.get(resource.kind, "*")


def _diff(resource: ResourceChange) -> Iterator[str]:
    sign = {"create": "+", "delete": "-"}.get(resource.kind, "!")
    yield f"{sign} {resource.kind} {short_type(resource.type)} {resource.name}"
    for change in resource.properties:
        if change.old is not None:
            yield f"-     {change.path}: {_value(change.old)}"
        if change.new is not None:
            yield f"+     {change.path}: {_value(change.new)}"


def _counts(report: RunReport) -> str:
    words = _AHEAD if report.command == "preview" else _DONE
    parts = [
        f"{count} {words.get(kind, kind)}"
        for kind, count in sorted(report.changes.items())
        if kind != "same"
    ]
    same = report.changes.get("same", 0)
    parts += [f"{same} unchanged"] if same else []
    return ", ".join(parts) or ("no changes" if report.result is Result.SUCCEEDED else "no change")


def _finding(finding: FindingReport) -> str:
    place = f"{finding.file}:{finding.line}: " if finding.line else ""
    return (
        f"{place}{finding.severity} {finding.id}: {finding.where}: {finding.rule}; "
        f"seen: {finding.seen}; remedy: {finding.remedy}"
    )


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = " ".join(shown.split())
    return shown if len(shown) <= _MAX_VALUE else shown[:_MAX_VALUE] + "..."


def _cell(value: str) -> str:
    return " ".join(value.replace("|", "\\|").split())


def _fenced(value: str) -> list[str]:
    return ["```", value.replace("```", "'''"), "```"]
