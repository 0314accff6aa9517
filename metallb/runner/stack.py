"""StackRunner: preview, up, refresh, destroy and outputs of one stack, by the Automation API."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi.automation import Stack
from pulumi.automation.errors import CommandError, StackNotFoundError
from pulumi.automation.errors import StackAlreadyExistsError as AlreadyExists

from metallb.config.paths import PROJECT_ROOT, stack_name, stack_path
from metallb.errors import EngineError, MetalLBError
from metallb.runner.command import EngineCommand, engine_command
from metallb.runner.events import EventLog, Step
from metallb.runner.explain import explained
from metallb.runner.findings import CheckedStack, checked_stack
from metallb.runner.report import ErrorReport, FindingReport, Result, RunReport
from metallb.runner.workspace import ScratchWorkspace, scratch_workspace

__all__ = ["Cancelled", "RunFailed", "StackRunner"]

_KUBERNETES = "**kubernetes:**"
"""Every resource of the Kubernetes provider, as a URN pattern."""


class RunFailed(EngineError):
    """A run that failed. Carries what is known of it all the same."""

    def __init__(self, error: MetalLBError, report: RunReport) -> None:
        super().__init__(
            where=error.where, seen=error.seen, rule=error.rule, remedy=error.remedy
        )
        self.report = report


class Cancelled(KeyboardInterrupt):
    """A run that was interrupted and has ended cleanly."""

    def __init__(self, report: RunReport) -> None:
        super().__init__("interrupted")
        self.report = report


class StackRunner:
    """Runs the program of this project for one stack, exactly as `pulumi up` would.

    Does not choose a backend, a passphrase or a token: those are the user's own, from the
    environment or `pulumi login`. Leaves the stack file and the selected stack as they are.

    :param stack: name of a stack, `organization/name`, or path of a stack file.
    :param project: folder of Pulumi.yaml.
    :param on_step: told about each step of the engine as it happens.
    """

    def __init__(
        self,
        stack: str,
        *,
        project: Path = PROJECT_ROOT,
        on_step: Step | None = None,
        find_command: Callable[[], EngineCommand] = engine_command,
    ) -> None:
        organization, _, plain = stack.rpartition("/") if not Path(stack).exists() else ("", "", stack)
        self.path = stack_path(plain)
        self.name = f"{organization}/" * bool(organization) + stack_name(self.path)
        self._project = project
        self._on_step = on_step
        self._find_command = find_command

    def preview(self) -> RunReport:
        """What an update would change. Makes the stack, empty, where the backend has none."""
        return self._run("preview", create=True)

    def up(self) -> RunReport:
        """Bring everything to what the stack file says."""
        return self._run("up", create=True)

    def refresh(self, *, clear_pending_creates: bool = False) -> RunReport:
        """Take over into the state what changed outside.

        Objects that renderTo wrote as files are left out: there is nothing to compare them with.
        """
        options: dict[str, Any] = {"clear_pending_creates": clear_pending_creates or None}
        return self._run("refresh", **options)

    def destroy(self) -> RunReport:
        """Take everything down that is not protected or retained. The stack itself stays."""
        return self._run("destroy")

    def outputs(self) -> RunReport:
        """What the last update exported; needs no check of the stack file."""
        return self._run("outputs")

    def _run(self, command: str, *, create: bool = False, **options: Any) -> RunReport:
        checked = checked_stack(self.path) if command in ("preview", "up") else None
        if command == "refresh" and self._renders():
            options["exclude"] = [_KUBERNETES]
        engine = self._find_command()
        log = EventLog(self._on_step)
        begun = time.monotonic()
        with scratch_workspace(self._project, self.path, engine) as workspace:
            outputs: dict[str, Any] = {}
            with self._told(command, engine, log, checked, begun):
                stack = self._stack(workspace, create=create)
                if command != "outputs":
                    self._operate(stack, workspace, command, log, options)
                if command != "preview":
                    outputs = json.loads(workspace.masked_outputs(self.name))
        return self._report(command, log, checked, begun, outputs=outputs)

    def _stack(self, workspace: ScratchWorkspace, *, create: bool) -> Stack:
        try:
            return Stack.select(self.name, workspace)
        except StackNotFoundError:
            if not create:
                raise
        try:
            return Stack.create(self.name, workspace)
        except AlreadyExists:  # somebody else made it in between
            return Stack.select(self.name, workspace)

    def _operate(
        self,
        stack: Stack,
        workspace: ScratchWorkspace,
        command: str,
        log: EventLog,
        options: dict[str, Any],
    ) -> None:
        common: dict[str, Any] = {
            "on_event": log.hear,
            "config_file": str(workspace.config_file),
            "color": "never",
            **{key: value for key, value in options.items() if value is not None},
        }
        if command != "preview":
            common["show_secrets"] = False
        getattr(stack, command)(**common)

    @contextmanager
    def _told(
        self,
        command: str,
        engine: EngineCommand,
        log: EventLog,
        checked: CheckedStack | None,
        begun: float,
    ) -> Iterator[None]:
        """Turn the engine's failures into ours."""
        try:
            yield
        except (CommandError, RuntimeError) as error:
            if engine.interrupted:
                report = self._report(command, log, checked, begun, result=Result.CANCELLED)
                raise Cancelled(report) from error
            failure = explained(
                command=command, stack=self.name, text=str(error), diagnostics=log.diagnostics
            )
            report = self._report(
                command,
                log,
                checked,
                begun,
                result=Result.FAILED,
                error=ErrorReport.of(failure),
            )
            raise RunFailed(failure, report) from error
        if engine.interrupted:
            raise Cancelled(
                self._report(command, log, checked, begun, result=Result.CANCELLED)
            )

    def _report(
        self,
        command: str,
        log: EventLog,
        checked: CheckedStack | None,
        begun: float,
        **fields: Any,
    ) -> RunReport:
        findings = checked.findings if checked else ()
        told = {finding.line().partition(": ")[2] for finding in findings}
        return RunReport(
            command=command,
            stack=self.name,
            changes=log.changes,
            resources=log.resources,
            findings=tuple(FindingReport.of(finding) for finding in findings),
            # The program warns of the same findings; they are told above, with their lines.
            diagnostics=tuple(
                item
                for item in log.diagnostics
                if not any(item.message and line.endswith(item.message) for line in told)
            ),
            duration_seconds=round(time.monotonic() - begun, 1),
            **fields,
        )

    def _renders(self) -> bool:
        """Whether the stack writes files in place of a cluster's objects."""
        from metallb.config.files import read_stack_file

        kubernetes = read_stack_file(self.path).sections.get("kubernetes")
        return isinstance(kubernetes, dict) and bool(kubernetes.get("renderTo"))
