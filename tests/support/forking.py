"""Processes of the command line that are forked from one that has loaded it, in place of started.

They have streams of their own, as Python makes them for a process: None for a descriptor that is
closed. `tests/unit/command_line/test_output.py` compares them with processes that were started.
"""

import marshal
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support import forked_client
from tests.support.paths import PROJECT_ROOT

__all__ = ["Forking"]

_SECONDS = 120


class Forking:
    """A process that has loaded the command line, and makes others by its fork.

    :ivar command: what a shell starts such a process by, as a line.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = f"{self._folder.name}/requests"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self._path)
            listener.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forked_server", str(listener.fileno())],
                cwd=PROJECT_ROOT,
                env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
                pass_fds=[listener.fileno()],
            )
        client = [sys.executable, "-I", "-S", str(forked_client.__file__), self._path]
        self.command = shlex.join(client)

    def end(self) -> None:
        """End it; what it made has ended before."""
        self._process.terminate()
        self._process.wait(_SECONDS)
        self._folder.cleanup()

    def process(
        self,
        words: str,
        folder: Path,
        stdout: int | None,
        *,
        others: Mapping[int, int | None] | None = None,
        environment: Mapping[str, str] | None = None,
        code: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """One command to its end.

        :param words: the arguments.
        :param folder: where it runs.
        :param stdout: the descriptor of its standard output; None for one that is closed.
        :param others: likewise for standard input and error, which otherwise are empty and kept.
        :param environment: what it has besides this process's.
        :param code: what it does first.
        """
        own = {**os.environ, "PYTHONUNBUFFERED": "", **(environment or {})}
        with (
            tempfile.TemporaryFile() as errors,
            Path(os.devnull).open("r+b") as nothing,
            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as requests,
        ):
            streams = {0: nothing.fileno(), 2: errors.fileno(), **(others or {}), 1: stdout}
            closed = [number for number, each in streams.items() if each is None]
            kept = [streams[number] or nothing.fileno() for number in range(3)]
            request = (words.split(), str(folder), closed, own, None, code)
            requests.settimeout(_SECONDS)
            requests.connect(self._path)
            socket.send_fds(requests, [marshal.dumps(request)], kept)
            code_of_exit = int(requests.recv(20))
            errors.seek(0)
            return subprocess.CompletedProcess(
                words, code_of_exit, stderr=errors.read().decode("utf-8", "replace")
            )
