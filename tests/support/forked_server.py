"""Loads the command line once, and runs each request in a fork: `-m ... DESCRIPTOR`, of a socket
that listens."""

import contextlib
import gc
import importlib
import io
import marshal
import os
import pkgutil
import resource
import socket
import sys

import metallb.actions
import metallb.preflight
import metallb.repair
import metallb.runner
from metallb import cli
from metallb.__main__ import run
from metallb.platforms.registry import kinds

_MOST = 1 << 20


def main(listener: socket.socket) -> None:
    """Serve until it is ended; in a fork, run one command to its end."""
    cli._parser()  # loads every command
    kinds()
    for package in (metallb.actions, metallb.preflight, metallb.runner):
        for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(each.name)
    gc.freeze()  # a fork that looks at what is loaded would copy it
    while True:
        client, _ = listener.accept()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not os.fork():
            listener.close()
            _serve(client)
        client.close()


def _serve(client: socket.socket) -> None:
    request, own, _, _ = socket.recv_fds(client, _MOST, 3)
    child = os.fork()
    if not child:
        client.close()
        _command(request, own)
    for each in own:
        os.close(each)
    client.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    os._exit(0)


def _command(request: bytes, own: list[int]) -> None:
    words, folder, closed, environment, limit, code = marshal.loads(request)  # noqa: S302
    for number, each in enumerate(own):
        os.dup2(each, number)
        os.close(each)
    for number in closed:
        os.close(number)
    os.environ.clear()
    os.environ.update(environment)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_AS, limit)
    sys.stdin, sys.stdout, sys.stderr = map(_stream, range(3))  # type: ignore[assignment]
    os.chdir(folder)
    sys.argv = ["metallb", *words]
    exec(code, {})  # noqa: S102
    try:
        run()
    except SystemExit as ended:
        for each in filter(None, (sys.stdout, sys.stderr)):
            each.flush()
        os._exit(ended.code)  # type: ignore[arg-type]  # taking all down takes longer than this


def _stream(number: int) -> io.TextIOWrapper | None:
    """What Python makes of a descriptor at its start."""
    try:
        os.fstat(number)
    except OSError:
        return None
    writing = number > 0
    through = writing and bool(os.environ.get("PYTHONUNBUFFERED"))
    raw = open(number, "wb" if writing else "rb", buffering=0 if through else -1, closefd=False)  # noqa: SIM115
    name, errors = "utf-8", "strict"
    if os.environ.get("LC_ALL") == "C" and os.environ.get("PYTHONUTF8") == "0":
        name, errors = "ascii", "surrogateescape"
    if of_streams := os.environ.get("PYTHONIOENCODING"):
        name, errors = of_streams, "strict"
    if number == 2:
        errors = "backslashreplace"
    return io.TextIOWrapper(raw, name, errors, line_buffering=number == 2, write_through=through)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
