"""Finds the Pulumi CLI, or installs it with the SDK's own installer.

Looked for on PATH, then where Pulumi's installer puts it in the home folder, then where an earlier
call of ours put it; only then installed (pulumi.automation.PulumiCommand.install).
"""

import os
import shutil
import subprocess
from pathlib import Path

from metallb.errors import EngineError

__all__ = ["find_cli", "find_or_install_cli"]


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


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "stderr", "") or error).strip()
    return text.splitlines()[-1][:200] if text else type(error).__name__
