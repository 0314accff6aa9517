"""Finds the Pulumi CLI. Installs none.

Looked for on PATH, then where an installer put it, then where `make engine` builds it.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metallb.problems.errors import EngineError
from metallb.stackfile.paths import project_folder

__all__ = [
    "HOW_TO_GET",
    "PulumiCli",
    "built_cli",
    "built_home",
    "exported_state",
    "find_cli",
    "require_cli",
]

_CACHE = ".cache"
HOW_TO_GET = (
    "Pulumi's installer (https://www.pulumi.com/docs/install/), or in a clone with make engine "
    "(about ten minutes; needs Go)"
)
_EXPORT_SECONDS = 60
_HOME = "PULUMI_HOME"
_CREDENTIALS = "PULUMI_CREDENTIALS_PATH"


@dataclass(frozen=True)
class PulumiCli:
    """A CLI, and what its processes need in their environment besides the caller's own."""

    path: str
    environment: Mapping[str, str] = field(default_factory=dict)


def built_home(project: Path | None = None) -> Path:
    """Where `make engine` builds CLI and Kubernetes provider: a folder laid out like Pulumi's home.

    :param project: a clone, if not the project's folder.
    """
    return (project or project_folder()) / _CACHE / "engine"


def find_cli(project: Path | None = None) -> PulumiCli | None:
    """The CLI to use, or None.

    :param project: as of `built_home`.
    """
    own_home = Path.home() / ".pulumi"
    built = built_home(project)
    folders = (own_home, built.parent / "pulumi", built)
    candidates = [shutil.which("pulumi"), *(folder / "bin" / "pulumi" for folder in folders)]
    for candidate in candidates:
        if candidate and Path(candidate).is_file() and os.access(candidate, os.X_OK):
            return PulumiCli(str(candidate), _environment(Path(candidate), built))
    return None


def built_cli(project: Path | None = None) -> PulumiCli | None:
    """The CLI of `make engine`, whatever else is installed; None where it is not built.

    :param project: as of `built_home`.
    """
    built = built_home(project)
    path = built / "bin" / "pulumi"
    return PulumiCli(str(path), _environment(path, built)) if path.is_file() else None


def require_cli(project: Path | None = None) -> PulumiCli:
    """The CLI to use.

    :param project: as of `built_home`.
    :raises EngineError: there is none.
    """
    found = find_cli(project)
    if found is None:
        raise EngineError(
            "no Pulumi CLI on PATH, in ~/.pulumi/bin or in .cache",
            code="E505",
            help=f"get one with {HOW_TO_GET}; `metallb render` needs none",
        )
    return found


def exported_state(
    stack: str,
    *,
    cli: PulumiCli | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """The whole state of a stack, for a program that the engine runs; None where it can't be had.

    The engine's answer to a program leaves out what waits for deletion.

    :param stack: organization, project and name of the stack.
    :param cli: the CLI of the update, where it is known.
    :param folder: a folder with the project's Pulumi.yaml, if not the current one.
    :param environment: what the update runs with, besides this process's own.
    """
    cli = cli or find_cli()
    if cli is None:
        return None
    command = [cli.path, "--non-interactive", "stack", "export", "--stack", stack]
    try:
        done = subprocess.run(  # noqa: S603 - our own argument list, no shell
            command,
            cwd=folder,
            env={**os.environ, **cli.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=_EXPORT_SECONDS,
            check=True,
        )
        return dict(json.loads(done.stdout).get("deployment") or {})
    except (subprocess.SubprocessError, OSError, ValueError):
        return None


def _environment(path: Path, built: Path) -> dict[str, str]:
    """A built engine finds its provider in a home of its own; logins stay where they are.

    A home that the caller names has plugins of its own, and is left alone.
    """
    if path.resolve() != (built / "bin" / "pulumi").resolve() or os.environ.get(_HOME):
        return {}
    login = os.environ.get(_CREDENTIALS) or str(Path.home() / ".pulumi")
    return {_HOME: str(built), _CREDENTIALS: login, "PULUMI_SKIP_UPDATE_CHECK": "true"}
