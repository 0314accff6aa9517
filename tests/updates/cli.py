"""The Pulumi CLI of the tests, which they can kill in the middle of an operation."""

import functools
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from lab.record import Process
from metallb.program.pulumi_cli import PulumiCli
from tests.updates.processes import borrowed, end, family

__all__ = ["Cli"]


class Cli(auto.PulumiCommand):
    """The CLI in a session of its own, so that a test can kill it, or all that it started."""

    def __init__(self, cli: PulumiCli) -> None:
        # Not by the SDK's constructor: it runs the CLI each time, for a version that is the same.
        self.cli = cli
        self.command = cli.path
        self.version = _version(cli.path)
        self.process: subprocess.Popen[str] | None = None
        self._spared: list[Process] = []

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Any,
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> auto.CommandResult:
        """One command to its end."""
        del on_output, on_error
        environment = {**os.environ, **self.cli.environment, **additional_env}
        # The program runs in this process, and finds its cloud by the environment.
        with (
            borrowed(additional_env),
            subprocess.Popen(
                [self.command, "--non-interactive", *args],
                cwd=cwd,
                env={**environment, "PULUMI_AUTOMATION_API": "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                start_new_session=True,
            ) as process,
        ):
            if args[0] in ("up", "destroy", "refresh"):
                self.process = process
            out, err = process.communicate()
        result = auto.CommandResult(stdout=out, stderr=err, code=process.returncode)
        if result.code != 0:
            raise create_command_error(result)
        return result

    def kill(self, *, everything: bool) -> None:
        """SIGKILL for the engine alone, or for its plugins as well."""
        process = self.process
        if process is None or process.poll() is not None:
            return
        self._spared += family(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        if everything:
            self.end_spared()

    def end_spared(self) -> None:
        """SIGKILL for what outlived a killed engine."""
        end(self._spared)
        self._spared = []


@functools.cache
def _version(command: str) -> VersionInfo | None:
    """The release of the CLI."""
    return auto.PulumiCommand(root=str(Path(command).parent.parent)).version
