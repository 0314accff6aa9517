"""Runs commands as a person types them, and shows them with what matters of their output."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.errors import LabError

__all__ = ["Terminal", "essential"]

_LONGEST = 180.0
"""Seconds that one command may take."""
_GRACE = 30.0
"""Seconds that an interrupted command has to end in good order."""


class Terminal:
    """A shell in one folder, bounded in time as a whole.

    :param say: called with each line that is shown.
    :param environment: what commands run with, besides this process's own.
    :param seconds: how long all commands together, and what is between them, may take.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        folder: Path,
        environment: Mapping[str, str],
        *,
        seconds: float,
    ) -> None:
        self.say = say
        self._folder = folder
        self._environment = {**os.environ, **environment}
        self._end = time.monotonic() + seconds
        self._seconds = seconds

    def run(
        self, line: str, *, shows: str = "", patterns: tuple[str, ...] = (), code: int = 0
    ) -> str:
        """Run a line and show it; its whole output.

        :param shows: which lines of the output are shown, as a regular expression.
        :param patterns: what the output has to have, as regular expressions.
        :raises LabError: it ended with another code, without what it has to show, or not in time.
        """
        self.say(f"$ {line}")
        ended, text = self._ended(line)
        for shown in essential(text, shows):
            self.say(shown)
        lacking = [each for each in patterns if not re.search(each, text, re.MULTILINE)]
        if ended != code or lacking:
            fault = f"exit code {ended}" if ended != code else f"no {' and no '.join(lacking)}"
            raise LabError(
                f"`{line}` ended with {fault}",
                detail=f"exit code {code} is expected, and {', '.join(patterns) or 'any output'}; "
                f"the output ends with: {text[-1500:].strip() or 'nothing'}",
                help="read the logs in .cache/lab/run while the lab runs",
            )
        return text

    def left(self) -> float:
        """Seconds that are left.

        :raises LabError: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise LabError(
                f"the steps took longer than {self._seconds:.0f} seconds",
                help="run it again on a machine that is less busy",
            )
        return left

    def _ended(self, line: str) -> tuple[int, str]:
        """A session of its own keeps Ctrl-C away from the command: it is passed on, then waited
        for, so that an update writes its state."""
        seconds = min(self.left(), _LONGEST)
        with subprocess.Popen(
            # A job in the background of a script ignores interrupts, and so would what it starts.
            ["env", "--default-signal=INT", "bash", "-c", line],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                text, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                text = _interrupt(process)
                raise LabError(
                    f"`{line}` did not end within {seconds:.0f} seconds",
                    detail=f"its output ends with: {text[-1500:].strip() or 'nothing'}",
                    help="run it again on a machine that is less busy",
                ) from None
            except BaseException:
                _interrupt(process)
                raise
        return process.returncode, text


def _interrupt(process: subprocess.Popen[str]) -> str:
    """End a command in good order, or else at once; what it printed."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_GRACE)[0]
    return ""


def essential(text: str, shows: str = "") -> list[str]:
    """The lines of a text that match; `...` stands for those between them that do not."""
    found: list[str] = []
    for line in text.splitlines():
        if re.search(shows, line):
            found.append(line.rstrip())
        elif found[-1:] != ["..."]:
            found.append("...")
    return found
