"""Collects the engine's events into the parts of a report. Pure: prints nothing."""

import re
from collections.abc import Callable
from typing import Any

from pulumi.automation.events import (
    EngineEvent,
    OpType,
    StepEventMetadata,
    StepEventStateMetadata,
)

from metallb.runner.engine_values import SECRET, plain, value_at
from metallb.runner.objects import ObjectLog
from metallb.runner.remains import Deleted, platform_of_type
from metallb.runner.report import Diagnostic, PropertyChange, ResourceChange

__all__ = ["STACK_TYPE", "EventLog", "Step", "resource_name"]

_COLOUR = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")
_ENDED = "an unhandled error occurred: "
"""What the engine puts before the error that ended the program, which it has shown already."""
_AFTERWARDS = "Resource monitor has terminated, shutting down"
"""What the program says when the engine has ended the update, for a reason of its own."""
_KUBERNETES_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type token
_SECRET_DATA = frozenset({"data", "stringData"})
_PROVIDERS = "pulumi:providers:"
STACK_TYPE = "pulumi:pulumi:Stack"
_LEFT_ALONE = {OpType.SAME, OpType.READ, OpType.REFRESH, OpType.DISCARD}
# A replacement is one change, `replace`; these are its two halves.
_DELETIONS = {OpType.DELETE, OpType.DELETE_REPLACED}
_HALVES = {OpType.CREATE_REPLACEMENT, OpType.DELETE_REPLACED, OpType.DISCARD_REPLACED}
_WAVE = re.compile(r"wave \d+ of \d+: ")
"""What a note of a wave begins with (`metallb.program.waves`)."""
Step = Callable[[str, str, str, str], None]
"""Called with phase (begun, done, failed), kind, type and name of each step that does something;
with `waits`, what a provider waits for, type and name while a step lasts; with `notes`, a text of
the program."""


class EventLog:
    """Hears every event of one run.

    :param on_step: called for each step that does something, as it happens.
    :ivar objects: Kubernetes objects before and after the run.
    :ivar wave: what the program says of the wave that began last; empty without waves.
    """

    def __init__(self, on_step: Step | None = None) -> None:
        self._on_step = on_step
        self._resources: dict[str, ResourceChange] = {}
        self._diagnostics: list[Diagnostic] = []
        self._of_program: set[Diagnostic] = set()
        self._deleted: list[Deleted] = []
        self.objects = ObjectLog()
        self._open: dict[str, None] = {}
        self.changes: dict[str, int] = {}
        self.seconds = 0.0
        self.wave = ""

    @property
    def resources(self) -> tuple[ResourceChange, ...]:
        """Every resource that is not left as it is."""
        return tuple(self._resources.values())

    @property
    def open(self) -> tuple[ResourceChange, ...]:
        """Every change that was begun and is not known to have ended."""
        return tuple(self._resources[urn] for urn in self._open)

    @property
    def counted(self) -> dict[str, int]:
        """Changes that have ended well, by kind; for a run whose engine gives no summary."""
        ended = [
            each.kind
            for urn, each in self._resources.items()
            if urn not in self._open and not each.failed and each.type != STACK_TYPE
        ]
        return {kind: ended.count(kind) for kind in dict.fromkeys(ended)}

    @property
    def deleted(self) -> tuple[Deleted, ...]:
        """Blocks and sessions that the provider was to delete, each once; retained ones are not."""
        return tuple(dict.fromkeys(self._deleted))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and errors, each once."""
        return tuple(dict.fromkeys(self._diagnostics))

    @property
    def others(self) -> tuple[Diagnostic, ...]:
        """The diagnostics of the engine and of providers, without those of the program."""
        return tuple(each for each in self.diagnostics if each not in self._of_program)

    def hear(self, event: EngineEvent) -> None:
        """Take one event in."""
        self.objects.hear(event)
        if event.resource_pre_event:
            self._step("begun", event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._note_deletion(event.res_outputs_event.metadata)
            self._step("done", event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._step("failed", event.res_op_failed_event.metadata)
        elif event.diagnostic_event:
            self._diagnose(event)
        elif event.summary_event:
            self.changes = {
                str(getattr(kind, "value", kind)): count
                for kind, count in event.summary_event.resource_changes.items()
            }
            self.seconds = float(event.summary_event.duration_seconds)

    def _step(self, phase: str, metadata: StepEventMetadata) -> None:
        if metadata.op in _LEFT_ALONE or metadata.op in _HALVES or _is_own(metadata):
            return
        if phase != "begun":
            self._open.pop(metadata.urn, None)
        elif metadata.type != STACK_TYPE:
            self._open[metadata.urn] = None
        known = self._resources.get(metadata.urn)
        if known is None or phase != "begun":
            self._resources[metadata.urn] = ResourceChange(
                kind=metadata.op.value,
                type=metadata.type,
                name=resource_name(metadata.urn),
                urn=metadata.urn,
                failed=phase == "failed",
                properties=_properties(metadata) or (known.properties if known else ()),
                values=_values(metadata),
            )
        if self._on_step and metadata.type != STACK_TYPE:
            name = resource_name(metadata.urn)
            self._on_step(phase, metadata.op.value, metadata.type, name)

    def _note_deletion(self, metadata: StepEventMetadata) -> None:
        old = metadata.old
        if metadata.op not in _DELETIONS or metadata.type not in platform_of_type() or old is None:
            return
        if old.id and not old.retain_on_delete:
            self._deleted.append(Deleted(metadata.type, resource_name(metadata.urn), old.id))

    def _diagnose(self, event: EngineEvent) -> None:
        heard = event.diagnostic_event
        if heard is not None and heard.ephemeral and heard.urn in self._open and self._on_step:
            change = self._resources[heard.urn]
            waits = " ".join(_COLOUR.sub("", heard.message).split())
            self._on_step("waits", waits, change.type, change.name)
        if heard is not None and heard.severity == "info" and not heard.urn:
            note = " ".join(_COLOUR.sub("", heard.message).split())
            self.wave = note if _WAVE.match(note) else self.wave
            if self._on_step:
                self._on_step("notes", note, "", "")
        if heard is None or heard.ephemeral or heard.severity not in ("warning", "error"):
            return
        message = _COLOUR.sub("", heard.message).strip().removeprefix(_ENDED)
        if message and message != _AFTERWARDS:
            name = resource_name(heard.urn) if heard.urn else ""
            found = Diagnostic(severity=heard.severity, message=message, resource=name)
            self._diagnostics.append(found)
            # A language host reports what the program raises as an event of the stack itself.
            if not heard.urn or STACK_TYPE in heard.urn.split("::"):
                self._of_program.add(found)


def _is_own(metadata: StepEventMetadata) -> bool:
    """Whether it is a provider that the engine makes by itself, and does not count either."""
    is_provider = metadata.type.startswith(_PROVIDERS)
    return is_provider and resource_name(metadata.urn).startswith("default")


def resource_name(urn: str) -> str:
    """The last part of a Pulumi address."""
    return urn.rpartition("::")[2]


def _properties(metadata: StepEventMetadata) -> tuple[PropertyChange, ...]:
    hidden = metadata.type == _KUBERNETES_SECRET
    found = []
    for path, difference in (metadata.detailed_diff or {}).items():
        masked = hidden and path.startswith(tuple(_SECRET_DATA))
        found.append(
            PropertyChange(
                path=path,
                kind=difference.diff_kind.value,
                old=SECRET if masked else _value(metadata.old, path),
                new=SECRET if masked else _value(metadata.new, path),
            )
        )
    return tuple(found)


def _values(metadata: StepEventMetadata) -> dict[str, Any]:
    """What a resource is created with; nothing of a provider, whose kubeconfig may hold keys."""
    inputs = metadata.new.inputs if metadata.new is not None else None
    if metadata.op is not OpType.CREATE or not inputs or metadata.type.startswith(_PROVIDERS):
        return {}
    found = {key: value for key, value in inputs.items() if not key.startswith("__")}
    if metadata.type == _KUBERNETES_SECRET:
        found |= dict.fromkeys(_SECRET_DATA & found.keys(), SECRET)
    return dict(plain(found))


def _value(state: StepEventStateMetadata | None, path: str) -> Any:
    """The value at a property path: of the inputs, or of the outputs where inputs lack it."""
    return value_at(path, state.inputs, state.outputs) if state else None
