"""Finds the Pulumi CLI, or installs it with the SDK's own installer.

Looked for on PATH, then where Pulumi's installer puts it in the home folder, then where an earlier
call of ours put it; only then installed (pulumi.automation.PulumiCommand.install).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from metallb.errors import EngineError

__all__ = ["exported_state", "find_cli", "find_or_install_cli"]

_EXPORT_SECONDS = 60


def find_cli(*folders: Path) -> str | None:
    """Path of the CLI, or None.

    :param folders: further places to look in, each with a `bin` below it.
    """
    on_path = shutil.which("pulumi")
    if on_path:
        return on_path
    for folder in (Path.home() / ".pulumi", *folders):
        candidate = folder / "bin" / "pulumi"
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return None


def find_or_install_cli(folder: Path) -> str:
    """Path of the CLI, installed below `folder` if there was none.

    :raises EngineError: there is none, and the installer could not get it.
    """
    found = find_cli(folder)
    if found:
        return found
    from pulumi.automation import PulumiCommand

    try:
        return PulumiCommand.install(root=str(folder)).command
    except (subprocess.SubprocessError, OSError, RuntimeError, ValueError) as error:
        raise EngineError(
            where="Pulumi CLI",
            seen=_reason(error),
            rule="the engine runs updates",
            remedy="install it from your package source, or use `python -m metallb render`",
        ) from error


def exported_state(stack: str) -> dict[str, Any] | None:
    """The whole state of a stack, for a program that the engine runs; None where it can't be had.

    What the engine answers a program leaves out what waits for deletion.

    :param stack: organization, project and name of the stack.
    """
    cli = find_cli()
    if cli is None:
        return None
    command = [cli, "--non-interactive", "stack", "export", "--stack", stack]
    try:
        done = subprocess.run(  # noqa: S603 - our own argument list, no shell
            command, capture_output=True, text=True, timeout=_EXPORT_SECONDS, check=True
        )
        return dict(json.loads(done.stdout).get("deployment") or {})
    except (subprocess.SubprocessError, OSError, ValueError):
        return None


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "stderr", "") or error).strip()
    return text.splitlines()[-1][:200] if text else type(error).__name__
