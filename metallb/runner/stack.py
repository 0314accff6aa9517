"""StackRunner: preview, up, refresh, destroy and outputs of one stack, by the Automation API."""

import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.automation import Stack
from pulumi.automation.errors import CommandError, StackAlreadyExistsError, StackNotFoundError

from metallb.command_line.interrupts import abandon_threads
from metallb.forecast.impact import Impact
from metallb.loading.stack import LoadedStack, load_file
from metallb.preflight import refuse
from metallb.problems.errors import ConfigError, EngineError, MetalLBError, PlatformError
from metallb.problems.journal import JOURNAL_FILE, journalled
from metallb.problems.problem import Problem
from metallb.runner.command import EngineCommand, engine_command
from metallb.runner.engine_stack import EngineStack
from metallb.runner.events import EventLog, Step
from metallb.runner.explain import explained
from metallb.runner.plugins import KUBERNETES, announced
from metallb.runner.remains import Remains
from metallb.runner.report import Diagnostic, ErrorReport, ProblemReport, Result, RunReport
from metallb.runner.workspace import ScratchWorkspace, scratch_workspace
from metallb.stackfile import StackConfig
from metallb.stackfile.paths import STACKS, backend_name, project_folder, stack_path

__all__ = ["StackRunner"]

_MISTAKE = 2
"""Exit code of what a person can correct; then nothing was started."""
_DELETING = ("up", "destroy")
_KUBERNETES = "**kubernetes:**"
"""Every resource of the Kubernetes provider, as a URN pattern."""


class StackRunner:
    """Runs the program of this project for one stack, exactly as `pulumi up` would.

    Does not choose a backend, a passphrase or a token: those are the user's own, from the
    environment or `pulumi login`. Leaves the stack file and the selected stack as they are.

    :param stack: name of a stack, `organization/name`, or path of a stack file.
    :param project: the project's folder, if not this program's own.
    :param on_step: called for each step of the engine as it happens.
    :param on_notice: called with what the engine is going to download, before it does.
    :ivar report: what the last run came to, also when it ended in an error.
    """

    def __init__(
        self,
        stack: str,
        *,
        project: Path | None = None,
        on_step: Step | None = None,
        on_notice: Callable[[str], None] | None = None,
        find_command: Callable[[], EngineCommand] = engine_command,
    ) -> None:
        self.path = stack_path(stack)
        self.name = backend_name(stack)
        self._typed = stack
        self._project = project or project_folder()
        self._on_step = on_step
        self._on_notice = on_notice
        self._find_command = find_command
        self._keep_protected = False
        self.report: RunReport | None = None

    def preview(self) -> RunReport:
        """What an update would change. Makes the stack, empty, where the backend has none."""
        return self._run("preview", create=True)

    def up(self) -> RunReport:
        """Bring everything to what the stack file says."""
        return self._run("up", create=True)

    def refresh(self) -> RunReport:
        """Take over into the state what changed outside.

        Objects that renderTo wrote as files are left out: there is nothing to compare them with.
        """
        return self._run("refresh")

    def destroy(self, *, keep_protected: bool = False) -> RunReport:
        """Take everything down, or everything that is not protected. The stack itself stays.

        :raises ConfigError: something is protected, and `keep_protected` is not set. Nothing is
            touched then; the engine itself would take everything else down before it refuses.
        """
        self._keep_protected = keep_protected
        return self._run("destroy")

    def preview_destroy(self, *, keep_protected: bool = False) -> RunReport:
        """What `destroy` would delete; its parameters and errors are the same."""
        self._keep_protected = keep_protected
        return self._run("destroy", ahead=True)

    def refuse_mistakes(self, command: str) -> None:
        """Refuse a stack file that a command would refuse, without starting anything.

        :raises MetalLBError: there is a mistake in it.
        """
        run = self._begun(command)
        with self._reporting(run):
            self._check(run)

    def outputs(self) -> RunReport:
        """What the last update exported; needs no check of the stack file."""
        return self._run("outputs")

    def _begun(self, command: str, *, ahead: bool = False) -> "_Run":
        log = EventLog(self._on_step)
        return _Run(command, self.name, self._typed, load_file(self.path), log, ahead=ahead)

    def _run(self, command: str, *, create: bool = False, ahead: bool = False) -> RunReport:
        run = self._begun(command, ahead=ahead)
        with self._reporting(run):
            self._check(run)
            outputs = self._carried_out(run, create=create)
        if run.failure is not None:
            left = ErrorReport.of(run.failure, run.title)
            self.report = run.report(outputs=outputs, result=Result.FAILED, error=left)
            raise run.failure
        self.report = run.report(outputs=outputs)
        return self.report

    @contextmanager
    def _reporting(self, run: "_Run") -> Iterator[None]:
        """Keep the report of a run that does not come to its end."""
        try:
            yield
        except KeyboardInterrupt:
            self.report = run.report(result=Result.CANCELLED)
            raise
        except MetalLBError as error:
            mistake = error.exit_code == _MISTAKE
            self.report = run.report(
                result=Result.REFUSED if mistake else Result.FAILED,
                error=ErrorReport.of(error, run.title),
            )
            raise

    def _carried_out(self, run: "_Run", *, create: bool) -> dict[str, Any]:
        """Have the engine do it; the stack's outputs afterwards."""
        engine = self._find_command()
        engine.on_interrupt = lambda count: self._announce_interrupt(run, count)
        self._announce(run, engine)
        with (
            scratch_workspace(self._project, self.path, engine, run.checked) as workspace,
            self._explaining(run, engine, workspace.scratch / JOURNAL_FILE),
        ):
            stack = self._stack(workspace, create=create)
            if engine.interrupted:
                raise KeyboardInterrupt  # while the stack was looked up: then nothing is begun
            if run.command != "outputs":
                try:
                    self._operate(stack, workspace, run)
                finally:
                    # Also of a run that failed: what it deleted before has left the state.
                    deletes = run.command in _DELETING and not run.ahead
                    if deletes and run.log.deleted and not engine.interrupted:
                        run.remains = self._remains(run, workspace)
            if run.command == "preview" or run.ahead:
                return {}
            outputs: dict[str, Any] = json.loads(workspace.masked_outputs(self.name))
            return outputs

    @property
    def _is_in_project(self) -> bool:
        """Whether `pulumi` finds the file by the stack's name."""
        return self.path.resolve().parent == (self._project / STACKS).resolve()

    def _announce(self, run: "_Run", engine: EngineCommand) -> None:
        """Give notice of what the engine is going to download for the program."""
        if self._on_notice is not None and run.config is not None:
            environment = {**os.environ, **engine.cli.environment}
            for line in announced((KUBERNETES, *run.config.platform.packages), environment):
                self._on_notice(line)

    def _announce_interrupt(self, run: "_Run", count: int) -> None:
        """Say what an interrupt does: an engine may take a while to end what it has begun."""
        if self._on_notice is None:
            return
        if count > 1:
            self._on_notice("interrupted again: stopping at once")
        elif run.does:
            self._on_notice(
                "interrupted: waiting for the changes that have begun; a second Ctrl-C stops at "
                "once, and leaves them open"
            )
        else:
            self._on_notice("interrupted: stopping; a second Ctrl-C stops at once")

    def _remains(self, run: "_Run", workspace: ScratchWorkspace) -> Remains:
        """What the provider still has of what the run deleted."""

        def decrypt(key: str) -> str:
            try:
                return workspace.config_value(key, self.name)
            except CommandError as error:
                raise explained(command="config get", stack=self._typed, text=str(error)) from error

        try:
            return Remains.of(run.log.deleted, lambda each: run.loaded.token(decrypt, each))
        except EngineError as error:
            return Remains(unknown=error)

    def _check(self, run: "_Run") -> None:
        """Refuse a stack file that the program would refuse, before anything is started.

        What runs no program needs a file that can be read, and no more: what a mistaken file has
        made can be taken down. Outputs come from the state alone.
        """
        if run.command in ("preview", "up"):
            run.problems = run.loaded.findings
            run.config = run.loaded.readable
            refuse(run.problems, source=run.loaded.source)
            if run.command == "up":
                refuse(run.loaded.lacking_rights, source=run.loaded.source)
            run.checked = run.problems if not run.loaded.file.secret_sections else None
        elif run.command != "outputs":
            run.loaded.refuse_unreadable()

    def _stack(self, workspace: ScratchWorkspace, *, create: bool) -> Stack:
        try:
            return EngineStack.select(self.name, workspace)
        except StackNotFoundError:
            if not create:
                raise
        try:
            return EngineStack.create(self.name, workspace)
        except StackAlreadyExistsError:  # another run made it in between
            return EngineStack.select(self.name, workspace)

    def _operate(self, stack: Stack, workspace: ScratchWorkspace, run: "_Run") -> None:
        options: dict[str, Any] = {
            "on_event": run.log.hear,
            "config_file": str(workspace.config_file),
            "color": "never",
        }
        if run.command != "preview":
            options["show_secrets"] = False
        if run.command == "refresh" and run.renders:
            options["exclude"] = [_KUBERNETES]
        if run.command == "destroy":
            if self._keep_protected:
                options["exclude_protected"] = True
            else:
                self._refuse_protected(stack, run)
        if run.ahead:
            # The CLI takes it for --yes, which it refuses beside a preview alone.
            settled = {"PULUMI_SKIP_CONFIRMATIONS": "false"}
            workspace.env_vars = {**workspace.env_vars, **settled}
        with warnings.catch_warnings():
            # An engine that dies breaks its stream of events; its exit is reported without this.
            warnings.filterwarnings("ignore", message="Error in event stream")
            operation = stack.preview_destroy if run.ahead else getattr(stack, run.command)
            operation(**options)

    def _refuse_protected(self, stack: Stack, run: "_Run") -> None:
        resources = (stack.export_stack().deployment or {}).get("resources") or ()
        names = [item["urn"].rpartition("::")[2] for item in resources if item.get("protect")]
        if not names:
            return
        raise ConfigError(
            f"destroy {self._typed} would delete what is protected: {', '.join(sorted(names))}",
            code="E205",
            detail="Nothing is deleted until it is clear what is kept.",
            help="to delete the rest and keep these: metallb destroy "
            f"{self._typed} --keep-protected; to give them up: set protect: false and "
            "retainOnDelete: false at the block, run up, then destroy",
        )

    @contextmanager
    def _explaining(self, run: "_Run", engine: EngineCommand, journal: Path) -> Iterator[None]:
        """Raise the engine's and the program's failures as ours, or the interrupt behind them.

        :param journal: where the program records its problems.
        """
        failure: Exception | None = None
        try:
            yield
        except (CommandError, RuntimeError) as error:
            failure = error
        if engine.interrupted or failure is not None:
            abandon_threads()
        run.add(tuple(map(run.loaded.locations.located, journalled(journal))))
        if engine.interrupted:
            raise KeyboardInterrupt from failure
        if failure is not None:
            raise explained(
                command=run.command,
                stack=self._typed,
                name=self.name,
                file=None if self._is_in_project else self.path,
                text=str(failure),
                diagnostics=run.log.others if run.errors else run.log.diagnostics,
                problems=run.errors,
            ) from failure


@dataclass
class _Run:
    """One run while it lasts."""

    command: str
    stack: str
    typed: str
    """The stack as the person named it."""
    loaded: LoadedStack
    log: EventLog
    ahead: bool = False
    """It computes what the command would do, and does nothing."""
    problems: tuple[Problem, ...] = ()
    """Of the preflight, and warnings of the program."""
    errors: tuple[Problem, ...] = ()
    """Errors of the program."""
    config: StackConfig | None = None
    remains: Remains = field(default_factory=Remains)
    checked: tuple[Problem, ...] | None = None
    """What the rules found in the file, where no value of it was hidden from them."""
    begun: float = field(default_factory=time.monotonic)

    @property
    def renders(self) -> bool:
        """Whether the stack writes files in place of a cluster's objects."""
        kubernetes = self.loaded.file.sections.get("kubernetes")
        return isinstance(kubernetes, dict) and bool(kubernetes.get("renderTo"))

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the platform has to say about the changes."""
        if self.config is None:
            return ()
        found = self.config.platform.warnings_of(self.config, self.log.resources)
        return tuple(Diagnostic(severity="warning", message=each) for each in found)

    @property
    def impact(self) -> Impact | None:
        """What the changes do to sessions and routes."""
        if self.config is None or self.command not in ("preview", "up"):
            return None
        return self.log.objects.impact(self.config)

    @property
    def failure(self) -> PlatformError | None:
        """What was to be deleted and was not."""
        return self.remains.failure(self.typed)

    @property
    def title(self) -> str:
        """What runs, for an error that has no location."""
        return f"{self.command} {self.stack}"

    def add(self, found: tuple[Problem, ...]) -> None:
        """Take in what the program recorded; it runs the preflight too."""
        known = {each.identity for each in self.problems}
        self.errors += tuple(each for each in found if each.is_error)
        self.problems += tuple(
            each for each in found if not each.is_error and each.identity not in known
        )

    @property
    def does(self) -> bool:
        """Whether it changes anything."""
        return self.command != "preview" and not self.ahead

    def report(self, **fields: Any) -> RunReport:
        result = fields.get("result", Result.SUCCEEDED)
        return RunReport(
            command="preview" if self.ahead else self.command,
            stack=self.stack,
            changes=self.log.changes or (self.log.counted if self.does else {}),
            open=() if result is Result.SUCCEEDED or not self.does else self.log.open,
            wave=self.log.wave if result is Result.CANCELLED and self.does else "",
            resources=self.log.resources,
            findings=tuple(ProblemReport.of(each) for each in self.problems),
            impact=self.impact,
            diagnostics=(
                *self.log.diagnostics,
                *self.warnings,
                *self._of_remains(fields.get("error")),
            ),
            duration_seconds=round(time.monotonic() - self.begun, 1),
            **fields,
        )

    def _of_remains(self, error: ErrorReport | None) -> Iterator[Diagnostic]:
        """Warnings of what was not deleted, where no error of the run reports it."""
        if self.failure is not None and error != ErrorReport.of(self.failure, self.title):
            yield Diagnostic(severity="warning", message=self.failure.line())
        doubt = self.remains.doubt()
        if doubt:
            yield Diagnostic(severity="warning", message=doubt)
