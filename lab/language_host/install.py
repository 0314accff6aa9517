"""Puts the language host where the engine looks."""

from pathlib import Path

from lab.language_host import NAME
from lab.plugin_process import write_executable

__all__ = ["install"]


def install(folder: Path) -> Path:
    """Writes the executable into a folder, to be one of PATH; answers its path."""
    return write_executable(folder / NAME, "lab.language_host", "The lab's language host")
