"""Folders that nothing may be rendered into, judged by their names alone. Reads no file system."""

import os.path
from pathlib import Path

__all__ = ["unfit"]

_OF_SYSTEM = frozenset(
    f"/{name}"
    for name in (
        *("bin", "boot", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "root", "run"),
        *("sbin", "sys", "tmp", "usr", "var", "Users"),
    )
)
_HOMES = (Path("/home"), Path("/Users"))
_WHOLLY = ("/dev/", "/proc/", "/sys/")
"""Folders that no program keeps files in."""


def unfit(text: str, *, project: Path, stacks: Path, home: Path) -> str:
    """What a folder is that can't be rendered into; empty where it can.

    :param text: as a person wrote it; a relative one lies in the project's folder.
    """
    path = text.strip()
    if path.startswith("~") or "$" in path:
        return "a path with `~` or `$`, which nothing expands"
    whole = os.path.normpath(project / path)
    folder = Path("/" + whole.lstrip("/")) if whole.startswith("/") else Path(whole)
    if folder == Path(folder.anchor):
        return "the root of the file system"
    if str(folder) in _OF_SYSTEM or f"{folder}/".startswith(_WHOLLY):
        return "a folder of the operating system"
    if ".git" in folder.parts:
        return "a folder of git's own"
    if folder.parent in _HOMES:
        return "a home directory"
    for label, other in (("project", project), ("home directory", home)):
        if folder == other:
            return f"the {label} itself"
        if other.is_relative_to(folder):
            return f"a folder above the {label}"
    return "the folder of the stack files" if folder == stacks else ""
