"""A report for people, as text for a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from metallb.forecast.impact_text import headline
from metallb.forecast.impact_text import text as impact_text
from metallb.problems.escape import escaped, visible
from metallb.problems.text import PLAIN, Style, problems_text
from metallb.runner.differences import line_differences, value_pair, value_text
from metallb.runner.report import (
    PropertyChange,
    ResourceChange,
    Result,
    RunReport,
)

__all__ = ["counts", "outputs_text", "short_type", "text"]

_SIGN = {"create": "+", "delete": "-", "update": "~", "replace": "±", "import": "="}
_PROVIDERS = "pulumi:providers:"
_NAMED = 10
"""Open changes that are named; --json has them all."""
_HEAD = ("apiVersion", "kind", "name", "namespace")
"""What the resource's own line says already, or its component's."""
_AHEAD = {"create": "to create", "delete": "to delete", "update": "to update"}
_DONE = {"create": "created", "delete": "deleted", "update": "updated", "replace": "replaced"}


def short_type(token: str) -> str:
    """The type's own name: `kubernetes:metallb.io/v1beta2:BGPPeer` is a BGPPeer."""
    return "Provider" if token.startswith(_PROVIDERS) else token.rpartition(":")[2]


def text(report: RunReport, style: Style = PLAIN, *, details: bool = False) -> str:
    """Changes, problems, the engine's messages, the outputs, and the result.

    :param details: whether what is created is shown with its values.
    """
    return "\n".join(_lines(report, style, details=details))


def outputs_text(outputs: dict[str, Any]) -> str:
    """Outputs, one a line."""
    return "\n".join(
        f"  {visible(name)}: {value_text(value)}" for name, value in sorted(outputs.items())
    )


def _lines(report: RunReport, style: Style, *, details: bool) -> Iterator[str]:
    if report.command == "preview":
        for resource in report.resources:
            yield visible(f"{_sign(resource)} {short_type(resource.type)} {resource.name}")
            for change in resource.properties:
                yield from _change(change)
            if details:
                yield from _values(resource)
    shown = [
        each.problem()
        for each in report.findings
        if each.severity == "warning" or report.error is None
    ]
    if shown:
        yield problems_text(shown, style)
    cancelled = report.result is Result.CANCELLED
    for each in report.diagnostics:
        # Errors of what was cancelled say that it was cancelled.
        if each.severity == "warning" or (report.error is None and not cancelled):
            # None of its lines looks like one of ours.
            yield f"{each.severity}: {escaped(each.message.strip())}".replace("\n", "\n  | ")
    if report.impact is not None:
        whole = report.command == "preview" and not report.impact.nothing
        yield impact_text(report.impact) if whole else headline(report.impact)
    if report.outputs:
        yield "outputs:"
        yield outputs_text(report.outputs)
    ended_early = [each for each in report.resources if each.failed] if cancelled else []
    if ended_early:
        yield visible(f"ended early: {_some(ended_early)}")
        yield visible(
            f"  help: run metallb {report.command} {report.stack}, which goes on with them"
        )
    if report.wave:
        yield visible(f"ended in {report.wave}")
        yield visible(f"  help: run metallb {report.command} {report.stack}, which goes on")
    if report.open:
        yield visible(f"open: {_some(report.open)} (begun, and not known to have ended)")
        yield visible(f"  help: run metallb recover {report.stack}, which settles them")
    if report.command != "outputs":
        yield visible(f"{report.command} {report.stack}: {report.result}, {counts(report)}") + (
            f" ({report.duration_seconds:.0f} s)"
        )


def _some(changes: Sequence[ResourceChange]) -> str:
    named = ", ".join(f"{short_type(each.type)} {each.name}" for each in changes[:_NAMED])
    return named + (f" and {len(changes) - _NAMED} more" if len(changes) > _NAMED else "")


def _change(change: PropertyChange) -> Iterator[str]:
    lines = line_differences(change.old, change.new)
    if not lines:
        old, new = value_pair(change.old, change.new)
        yield f"    {visible(change.path)}: {old} -> {new}"
        return
    yield f"    {visible(change.path)}:"
    for sign, shown in lines:
        yield f"      {sign} {shown}{' @@' if sign == '@@' else ''}"


def _values(resource: ResourceChange) -> Iterator[str]:
    """What a resource is created with, a line each, down to the second level."""
    for key, value in resource.values.items():
        if key in _HEAD:
            continue
        inner = value if isinstance(value, dict) else {}
        hidden = _HEAD if key == "metadata" else ()
        for name, one in inner.items():
            if name not in hidden:
                yield f"    {visible(f'{key}.{name}')}: {value_text(one)}"
        if not inner:
            yield f"    {visible(key)}: {value_text(value)}"


def _sign(resource: ResourceChange) -> str:
    return "!" if resource.failed else _SIGN.get(resource.kind, "*")


def counts(report: RunReport) -> str:
    """Number of resources by what happens to them, in words."""
    words = _AHEAD if report.command == "preview" else _DONE
    parts = [
        f"{count} {words.get(kind, kind)}"
        for kind, count in sorted(report.changes.items())
        if kind != "same"
    ]
    same = report.changes.get("same", 0)
    parts += [f"{same} unchanged"] if same else []
    return ", ".join(parts) or ("no changes" if report.result is Result.SUCCEEDED else "no change")
