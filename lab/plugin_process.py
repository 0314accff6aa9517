"""A plugin of the engine as a process: its executable, its port on standard output, and its end."""

import importlib.util
import os
import shlex
import signal
import sys
import time
import types
from collections.abc import Callable
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc

__all__ = ["serve", "without_the_sdk", "write_executable"]

ROOT = Path(__file__).resolve().parents[1]

SCRIPT = """\
#!/bin/sh
# {about}, on the interpreter that it was installed with.
exec {python} -P -c {code} "$@"
"""
CODE = (
    "import runpy, sys; sys.path.insert(0, {root!r}); runpy.run_module({module!r}, None, {run!r})"
)

WORKERS = 256
"""Calls at a time: more than the engine makes."""

NAP_SECONDS = 0.5


def write_executable(path: Path, module: str, about: str) -> Path:
    """Writes an executable that runs a package of this repository; answers its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = CODE.format(root=str(ROOT), module=module, run="__main__")
    draft = path.parent / f".{path.name}.new"
    python = shlex.quote(sys.executable)
    draft.write_text(
        SCRIPT.format(about=about, python=python, code=shlex.quote(code)), encoding="utf-8"
    )
    draft.chmod(0o755)
    draft.replace(path)
    return path


def serve(register: Callable[[Any], None], stop: Callable[[], None] | None = None) -> None:
    """Serves until the engine ends it, or is gone: then calls that are under way end first.

    :param register: adds the service to a server.
    :param stop: called when the engine is gone, to hasten the end of calls.
    """
    # The engine interrupts a plugin that it has done with: no traceback for that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getppid()
    # Its threads are waited for when the process ends.
    with futures.ThreadPoolExecutor(max_workers=WORKERS) as pool:
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        server = grpc.server(pool, options=options)
        register(server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            time.sleep(NAP_SECONDS)
        if stop is not None:
            stop()
        server.stop(None)


def without_the_sdk() -> None:
    """Lets the protocol's modules be imported without the SDK around them, which is slow."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations or "pulumi" in sys.modules:
        return
    folder = Path(spec.submodule_search_locations[0])
    for name, path in (("pulumi", folder), ("pulumi.runtime", folder / "runtime")):
        module = types.ModuleType(name)
        module.__path__ = [str(path)]
        sys.modules[name] = module
