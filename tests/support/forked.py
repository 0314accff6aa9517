"""Commands of the product in processes that are forked from one that has loaded what they import.

Such a process is a person's in all but how its interpreter began. Tests that need this too, or the
process itself (to interrupt it, or at a terminal), start one.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from select import select
from signal import SIGKILL

__all__ = ["run_forked"]

_SECONDS = 300
_LOADED = """
import atexit, gc, importlib, json, os, pkgutil, signal, socket, sys, threading
import metallb.actions, metallb.cli, metallb.preflight, metallb.program, metallb.repair
import metallb.runner
from metallb.__main__ import run
from metallb.components.kube import load_classes
from metallb.platforms.registry import kinds

metallb.cli._parser()  # loads every command
load_classes()
kinds()
packages = [metallb.actions, metallb.components, metallb.preflight, metallb.program]
packages += [metallb.repair, metallb.runner]
for package in packages:
    for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(each.name)
gc.freeze()  # a child that looks at what is loaded would copy it

requests = socket.socket(fileno=int(sys.argv[1]))
# Those that wait for a command's end are waited for by nothing.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    request, own, _, _ = socket.recv_fds(requests, 1 << 20, 4)
    if not request:
        sys.exit()
    if not os.fork():
        break
    for each in own:
        os.close(each)

requests.close()
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
*streams, report = own
child = os.fork()
if child:
    os.write(report, f"{child}\\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(report, f"{code}\\n".encode())
    os._exit(0)

os.close(report)
os.setsid()
for number, each in enumerate(streams):
    os.dup2(each, number)
    os.close(each)
words, folder, environment = json.loads(request)
os.chdir(folder)
os.environ.clear()
os.environ.update(environment)
sys.argv = ["metallb", *words]
code = 1
try:
    run()
except SystemExit as ended:
    code = ended.code or 0
finally:
    threading._shutdown()
    atexit._run_exitfuncs()
    for each in (sys.stdout, sys.stderr):
        each.flush()
    os._exit(code)  # to take down what is loaded takes longer than many a command
"""


class _Loaded:
    """The process that has loaded the command line.

    :param package: the folder of the package `metallb`.
    """

    def __init__(self, package: Path) -> None:
        self._requests, own = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOADED, str(own.fileno())],
            # Interpreters that a command starts, and what it imports late.
            env={**os.environ, "PYTHONPATH": str(package.parent)},
            cwd="/",
            pass_fds=[own.fileno()],
            start_new_session=True,
        )
        own.close()
        atexit.register(self._end)

    def _end(self) -> None:
        self._requests.close()
        self._process.wait(_SECONDS)

    def run(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        reader, writer = os.pipe()
        request = json.dumps([list(words), str(folder), dict(environment)]).encode()
        with (
            Path(os.devnull).open("rb") as nothing,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as errors,
        ):
            streams = [nothing.fileno(), out.fileno(), errors.fileno(), writer]
            socket.send_fds(self._requests, [request], streams)
            os.close(writer)
            with os.fdopen(reader) as report:
                child = int(report.readline())
                if not select([reader], [], [], _SECONDS)[0]:
                    os.killpg(child, SIGKILL)
                code = int(report.readline())
            shown = []
            for each in (out, errors):
                each.seek(0)
                shown.append(each.read().decode("utf-8", "replace"))
        return subprocess.CompletedProcess(words, code, *shown)


_loaded = cache(_Loaded)


def run_forked(
    words: Sequence[str], *, package: Path, folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """`metallb` with these arguments, to its end; it reads nothing, and has minutes.

    :param package: the folder of the package `metallb`, one for all commands of a run.
    """
    return _loaded(package).run(words, folder, environment)
