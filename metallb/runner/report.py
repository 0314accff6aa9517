"""What a run says about itself, as one value: the shape of `--json`, documented by its fields.

Holds no secret: outputs and property values come from the engine with secrets as `[secret]`, and
the data of Kubernetes Secrets is masked whatever the engine says.
"""

from enum import StrEnum
from typing import Any

from metallb.forecast.impact import Impact
from metallb.models.strict import StrictModel
from metallb.problems.error_report import ErrorReport, ProblemReport

__all__ = [
    "Diagnostic",
    "ErrorReport",
    "ProblemReport",
    "PropertyChange",
    "ResourceChange",
    "Result",
    "RunReport",
]


class Result(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The engine or a provider failed; part of the changes may have been made."""
    REFUSED = "refused"
    """A mistake in the stack file; nothing was changed."""
    CANCELLED = "cancelled"
    """Interrupted; what had begun was finished and written to the state."""


class PropertyChange(StrictModel):
    """One property of a resource that changes."""

    path: str
    """Path of the property, such as `spec.addresses[0]`."""
    kind: str
    """add, delete or update; with `-replace` behind it where it costs a replacement."""
    old: Any = None
    """Value before; `[secret]` where it is one."""
    new: Any = None
    """Value after; `[unknown]` where only the update will tell."""


class ResourceChange(StrictModel):
    """One resource that is not left as it is."""

    kind: str
    """What happens: create, update, replace, delete, import and the like (the engine's words)."""
    type: str
    """Pulumi's type token."""
    name: str
    """Name of the resource."""
    urn: str
    """Its whole Pulumi address."""
    failed: bool = False
    """Whether it went wrong."""
    properties: tuple[PropertyChange, ...] = ()
    """What changes in it."""
    values: dict[str, Any] = {}
    """What a resource is created with, secrets as `[secret]`; empty of any other."""


class Diagnostic(StrictModel):
    """A warning or an error of the engine, a provider or the program."""

    severity: str
    """warning or error."""
    message: str
    """The text, without colours."""
    resource: str = ""
    """Name of the resource it belongs to, if any."""


class RunReport(StrictModel):
    """One run of preview, up, refresh, destroy or outputs."""

    format: int = 1
    """Version of this shape; it grows by fields only as long as this stays."""
    command: str
    """preview, up, refresh, destroy or outputs."""
    stack: str
    """Name of the stack."""
    result: Result = Result.SUCCEEDED
    """How it ended."""
    changes: dict[str, int] = {}
    """Number of resources by what happens to them, `same` among them."""
    resources: tuple[ResourceChange, ...] = ()
    """Every resource that is not left as it is, in the engine's order."""
    open: tuple[ResourceChange, ...] = ()
    """Of a run that did not succeed: changes that were begun and are not known to have ended."""
    wave: str = ""
    """Of an update in waves that was interrupted: the wave that began last, and what follows it."""
    outputs: dict[str, Any] = {}
    """The stack's outputs; a secret one is `[secret]`."""
    findings: tuple[ProblemReport, ...] = ()
    """Problems that the preflight finds, in the file and in the facts of the platform."""
    impact: Impact | None = None
    """What the changes of preview or up do to sessions, routes and addresses; left out where the
    state had no sessions, or where only the update knows."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Warnings and errors that came up during the run."""
    error: ErrorReport | None = None
    """Why it did not succeed."""
    duration_seconds: float = 0.0
    """How long it took."""

    @property
    def has_changes(self) -> bool:
        """Whether any resource is not left as it is."""
        return bool(self.resources) or any(
            count for kind, count in self.changes.items() if kind not in ("same", "read")
        )
