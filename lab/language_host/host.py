"""Pulumi's language protocol: runs a project's program, and says what became of it."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from lab.language_host.program import REPORTED

__all__ = ["Host"]

PROGRAM = Path(__file__).with_name("program.py")


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """The host of one engine.

    :param engine: the address of the engine, for what a program logs.
    """

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Ends the programs that run."""
        with self._lock:
            for process in self._running:
                process.terminate()

    def Handshake(self, request: Any, context: Any) -> Any:
        """The engine's address, where it comes in this way."""
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Ends the programs that run."""
        self.stop()
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """No version: the host is part of the repository."""
        return plugin_pb2.PluginInfo()

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        """None: the engine loads a plugin with its first resource."""
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        """None, as above."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        """None: they are what the requirements file says."""
        return language_pb2.GetProgramDependenciesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:
        """None: there is nothing to choose."""
        return language_pb2.RuntimeOptionsResponse()

    def About(self, request: Any, context: Any) -> Any:
        """The interpreter of the project."""
        version = ".".join(map(str, sys.version_info[:3]))
        return language_pb2.AboutResponse(executable=_python(request.info), version=version)

    def InstallDependencies(self, request: Any, context: Any) -> Any:
        """Refused: `make env` makes the environment."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "the lab's language host installs nothing")

    def Run(self, request: Any, context: Any) -> Any:
        """Runs the program to its end."""
        python = _python(request.info)
        if not Path(python).exists():
            error = f"no interpreter {python}: make the project's virtual environment (make env)"
            return language_pb2.RunResponse(error=error)
        code = self._run(python, request)
        if code == REPORTED:
            return language_pb2.RunResponse(bail=True)
        error = f"Program exited with non-zero exit code: {code}" if code else ""
        return language_pb2.RunResponse(error=error)

    def _run(self, python: str, request: Any) -> int:
        folder = Path(request.info.program_directory)
        process = subprocess.Popen(
            # Isolated from our folder: the program's modules are the project's own.
            [python, "-u", "-P", str(PROGRAM)],
            cwd=request.pwd or folder,
            # The engine shows what plugin and program print.
            stdin=subprocess.PIPE,
            text=True,
        )
        with self._lock:
            self._running.add(process)
        try:
            process.communicate(json.dumps(self._settings(request)))
        finally:
            with self._lock:
                self._running.discard(process)
        return process.returncode

    def _settings(self, request: Any) -> dict[str, Any]:
        """What the program's process has to know. On no command line: secrets are in it."""
        info = request.info
        return {
            "settings": {
                "monitor": request.monitor_address,
                "engine": self._engine,
                "project": request.project,
                "stack": request.stack,
                "organization": request.organization,
                "parallel": request.parallel,
                "dry_run": request.dryRun,
                "root_directory": info.root_directory,
            },
            "config": dict(request.config),
            "secret_keys": list(request.configSecretKeys),
            "program": str(Path(info.program_directory, info.entry_point or ".")),
            "arguments": list(request.args),
        }


def _python(info: Any) -> str:
    """The interpreter that Pulumi.yaml names: that of a virtual environment, or else the host's."""
    options = json_format.MessageToDict(info.options)
    environment = options.get("virtualenv")
    return (
        str(Path(info.root_directory, environment, "bin/python")) if environment else sys.executable
    )
