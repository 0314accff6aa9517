"""Processes of the command line that are forked from one that has loaded it, in place of started.

They have streams of their own, as Python makes them for a process: None for a descriptor that is
closed. `test_output` compares them with processes that were started.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.paths import PROJECT_ROOT

__all__ = ["Forking"]

_SECONDS = 120
_LOADED = """
import io, json, os, socket, sys
import metallb.cli, metallb.command_line.collector, metallb.repair, metallb.runner.raw
import metallb.runner.stack
from metallb.__main__ import run

metallb.cli._parser()  # loads every command

def stream(number, mode):
    try:
        os.fstat(number)
    except OSError:
        return None
    through = unbuffered and mode == "w"
    raw = open(number, f"{mode}b", buffering=0 if through else -1, closefd=False)
    errors = "backslashreplace" if number == 2 else "strict"
    return io.TextIOWrapper(raw, errors=errors, line_buffering=number == 2, write_through=through)

requests = socket.socket(fileno=int(sys.argv[1]))
while True:
    request, own, _, _ = socket.recv_fds(requests, 1 << 16, 3)
    if not request:
        sys.exit()
    child = os.fork()
    if not child:
        break
    for each in own:
        os.close(each)
    requests.send(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())

requests.close()
words, folder, closed, unbuffered, code = json.loads(request)
for number, each in enumerate(own):
    os.dup2(each, number)
    os.close(each)
for number in closed:
    os.close(number)
sys.stdin, sys.stdout, sys.stderr = (stream(*each) for each in ((0, "r"), (1, "w"), (2, "w")))
os.chdir(folder)
sys.argv = ["metallb", *words]
exec(code)
run()
"""


class Forking:
    """A process that has loaded the command line, and makes others by its fork."""

    def __init__(self) -> None:
        self._requests, own = socket.socketpair()
        self._requests.settimeout(_SECONDS)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOADED, str(own.fileno())],
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
            pass_fds=[own.fileno()],
        )
        own.close()

    def end(self) -> None:
        """End it; what it made has ended before."""
        self._requests.close()
        self._process.wait(_SECONDS)

    def process(
        self,
        words: str,
        folder: Path,
        stdout: int | None,
        *,
        environment: Mapping[str, str] | None = None,
        code: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """One command to its end.

        :param words: the arguments.
        :param folder: where it runs.
        :param stdout: the descriptor of its standard output; None for one that is closed.
        :param environment: of it, PYTHONUNBUFFERED.
        :param code: what it does first.
        """
        unbuffered = bool((environment or {}).get("PYTHONUNBUFFERED"))
        request: list[Any] = [words.split(), str(folder), [], unbuffered, code]
        with tempfile.TemporaryFile() as errors, Path(os.devnull).open("r+b") as nothing:
            if stdout is None:
                request[2], stdout = [1], nothing.fileno()
            streams = [nothing.fileno(), stdout, errors.fileno()]
            socket.send_fds(self._requests, [json.dumps(request).encode()], streams)
            code_of_exit = json.loads(self._requests.recv(100))
            errors.seek(0)
            return subprocess.CompletedProcess(
                words, code_of_exit, stderr=errors.read().decode("utf-8", "replace")
            )
