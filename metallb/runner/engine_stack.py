"""A stack whose operations run the CLI once.

After an update the SDK's own runs it three more times: for the outputs, with and without secrets,
and for a summary. Nothing here reads these, and they take longer than a small update.
"""

from datetime import UTC, datetime
from typing import Self

from pulumi.automation import OutputMap, Stack, UpdateSummary, Workspace
from pulumi.automation._stack import StackInitMode

__all__ = ["EngineStack"]

_NO_SUMMARY = UpdateSummary("", datetime.fromtimestamp(0, UTC), "", {}, {}, "")


class EngineStack(Stack):
    """Operations report by their events; their results have no outputs and an empty summary."""

    @classmethod
    def create(cls, stack_name: str, workspace: Workspace) -> Self:
        """A new stack."""
        return cls(stack_name, workspace, StackInitMode.CREATE)

    @classmethod
    def select(cls, stack_name: str, workspace: Workspace) -> Self:
        """A stack that the backend has."""
        return cls(stack_name, workspace, StackInitMode.SELECT)

    def outputs(self) -> OutputMap:
        """None: `ScratchWorkspace.masked_outputs` reads them."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: FBT001, FBT002
        """An empty one."""
        del show_secrets
        return _NO_SUMMARY
