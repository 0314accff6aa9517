"""The Pulumi CLI as a child process that gets every Ctrl-C and is waited for.

The SDK's own `PulumiCommand.run` leaves the child to the terminal: a Ctrl-C reaches both, the
parent gives up waiting and the update goes on behind the prompt. Here the child has a process
group of its own; the first interrupt is passed on, so that the engine ends what it has begun and
writes its state, a second one makes it stop at once.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import InvalidVersionError, create_command_error

from metallb.command_line.interrupts import passed_on
from metallb.files.scratch import private_handles
from metallb.problems.errors import EngineError
from metallb.program.pulumi_cli import HOW_TO_GET, PulumiCli, require_cli
from metallb.repair.processes import recorded

__all__ = ["EngineCommand", "engine_command"]

_OLDEST = (3, 181)
"""From this release on the CLI takes an inline program for refresh and destroy too."""
Line = Callable[[str], Any]


class EngineCommand(PulumiCommand):
    """Runs the CLI. Does not decide what to run.

    :ivar interrupted: whether a signal to stop arrived while a command ran.
    :ivar on_interrupt: called with the number of each, soon after it arrived.
    """

    def __init__(self, cli: PulumiCli) -> None:
        on_path = shutil.which("pulumi") == cli.path
        super().__init__(root=None if on_path else str(Path(cli.path).parent.parent))
        self.cli = cli
        self.command = cli.path
        self.interrupted = False
        self.on_interrupt: Callable[[int], None] = lambda _: None
        self._arrived = self._announced = 0

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Line | None = None,
        on_error: Line | None = None,
    ) -> CommandResult:
        """Run one command to its end.

        :raises CommandError: it failed.
        """
        path = os.pathsep.join((str(Path(self.command).parent), os.environ.get("PATH", "")))
        environment = {
            **os.environ,
            **self.cli.environment,
            **additional_env,
            "PATH": path,
            "PULUMI_AUTOMATION_API": "true",
        }
        with (
            passed_on(self._hear) as child,
            subprocess.Popen(  # noqa: S603 - our own argument list, no shell
                [self.command, "--non-interactive", *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=environment,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                # What it works with stays for as long as it does, whichever of the two ends first.
                pass_fds=private_handles(),
            ) as process,
            recorded(process.pid),
        ):
            child.become(process)
            out, err = _Reader(process.stdout, on_output), _Reader(process.stderr, on_error)
            out.join(self._announce)
            err.join(self._announce)
            code = process.wait()
        result = CommandResult(stdout=out.text, stderr=err.text, code=code)
        if code != 0:
            raise create_command_error(result)
        return result

    def _hear(self) -> None:
        self.interrupted = True
        self._arrived += 1

    def _announce(self) -> None:
        """Not where the signal arrives: a handler must not write to what it may have cut off."""
        while self._announced < self._arrived:
            self._announced += 1
            self.on_interrupt(self._announced)


class _Reader:
    """Reads a stream line by line in a thread of its own."""

    def __init__(self, stream: IO[str] | None, callback: Line | None) -> None:
        self._stream = stream
        self._callback = callback
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream or ():
            self._lines.append(line.rstrip())
            if self._callback:
                self._callback(self._lines[-1])

    def join(self, between: Callable[[], None]) -> None:
        # Waking up now and then lets a signal's handler run, whichever thread the signal met.
        while self._thread.is_alive():
            self._thread.join(0.2)
            between()

    @property
    def text(self) -> str:
        return "\n".join(self._lines)


def engine_command() -> EngineCommand:
    """The CLI of this machine.

    :raises EngineError: there is none, or it does not go with the SDK.
    """
    cli = require_cli()
    try:
        engine = EngineCommand(cli)
    except (OSError, subprocess.SubprocessError, InvalidVersionError) as error:
        raise _unusable(cli, "does not run", str(error)) from error
    version = engine.version
    if version is not None and (version.major, version.minor) < _OLDEST:
        raise _unusable(cli, f"is of release {version}, which is too old")
    return engine


def _unusable(cli: PulumiCli, fault: str, reported: str = "") -> EngineError:
    oldest = ".".join(map(str, _OLDEST))
    detail = f"Pulumi's CLI is needed, of release {oldest} or later."
    return EngineError(
        f"the Pulumi CLI {cli.path} {fault}",
        code="E505",
        detail=f"{detail} Reported: {reported}" if reported else detail,
        help=f"update it, or take it off PATH and get another with {HOW_TO_GET}; "
        "`metallb render` needs none",
    )
