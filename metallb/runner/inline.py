"""The program in this process: served to the engine, in threads that the engine's end cuts off."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import (
    LanguageRuntimeServicer,
    language_pb2,
    language_pb2_grpc,
    plugin_pb2,
)

from metallb.platforms.facts import PlatformFacts
from metallb.problems.journal import JOURNAL_FILE, journal
from metallb.problems.problem import Problem
from metallb.program.pulumi_cli import PulumiCli, exported_state

__all__ = ["inline_program", "no_program"]

_OWN_CONNECTIONS = ("grpc.use_local_subchannel_pool", 1)


def inline_program(
    cli: PulumiCli,
    folder: Path,
    environment: Mapping[str, str],
    recorded: Callable[[], PlatformFacts] = PlatformFacts,
    findings: tuple[Problem, ...] | None = None,
) -> Callable[[], None]:
    """What the engine runs: it calls back into this process, in a thread of its own.

    :param folder: a folder with the project's Pulumi.yaml, for the CLI.
    :param environment: what the update runs with, besides this process's own.
    :param recorded: gives the facts of the stack's snapshot.
    :param findings: what the rules found in the file, where they have seen all of it.
    """
    _separate_connections()

    def program() -> None:
        _quiet_ends()
        # Here, since only an update needs the providers' packages, which are large.
        from metallb.program import main

        with journal(folder / JOURNAL_FILE):
            read_state = partial(exported_state, cli=cli, folder=folder, environment=environment)
            main(read_state, recorded, findings)

    return program


@contextmanager
def no_program() -> Iterator[str]:
    """Serve a language without a program; the address of its server.

    `pulumi import` and `refresh` run none, and may still start the project's language to learn
    which plugins it needs. State and imports name the version of each plugin themselves.
    """
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_NoLanguage(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0)


class _NoLanguage(LanguageRuntimeServicer):
    """Needs no plugin."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo()

    def GetRequiredPlugins(self, _request: Any, _context: Any) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()


def _separate_connections() -> None:
    """Let each program of this process connect to its engine by itself.

    Connections to one address are shared in a process, and so is the pause after one that failed:
    until it is over, each call ends at once. A program whose engine was killed leaves such a pause
    at that engine's port, and the next engine may get the same port.
    """
    if _OWN_CONNECTIONS not in _GRPC_CHANNEL_OPTIONS:
        _GRPC_CHANNEL_OPTIONS.append(_OWN_CONNECTIONS)


def _quiet_ends() -> None:
    """Print no traceback of a program whose engine is gone: the command reports the engine's end.

    The SDK's server runs it in a thread, where an unfinished coroutine and a broken connection are
    shown as defects.
    """
    logging.getLogger("grpc").setLevel(logging.CRITICAL + 1)
    sys.unraisablehook = _Unraisable(sys.unraisablehook)


class _Unraisable:
    """Passes over what is left of the SDK's own coroutines, and shows everything else."""

    def __init__(self, before: Callable[[Any], Any]) -> None:
        self._before = before.before if isinstance(before, _Unraisable) else before

    @property
    def before(self) -> Callable[[Any], Any]:
        return self._before

    def __call__(self, unraisable: Any) -> None:
        code = getattr(unraisable.object, "cr_code", None)
        if code is None or "/pulumi/" not in Path(code.co_filename).as_posix():
            self._before(unraisable)
