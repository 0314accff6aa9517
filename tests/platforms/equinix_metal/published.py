"""The published provider plugin, where this machine has it."""

import os
import shutil
from pathlib import Path

from lab.metal_plugin import NAME
from lab.metal_plugin.install import plugin_folder

__all__ = ["published_plugin"]


def published_plugin() -> str | None:
    """Its executable, on PATH or in Pulumi's home: a program, and no script of ours."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    for found in (shutil.which(NAME), str(plugin_folder(home) / NAME)):
        if found and Path(found).is_file() and not Path(found).read_bytes().startswith(b"#!"):
            return found
    return None
