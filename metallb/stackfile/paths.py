"""From what a person types (`demo`, or a path) to a stack file, and back to the stack's name."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from metallb.command_line.standard_input import spooled
from metallb.files.bounded import KIB, kind_of, read_bounded
from metallb.problems.errors import ConfigError, UsageError
from metallb.problems.escape import quoted
from metallb.stackfile.load import NAMESPACE

__all__ = [
    "STACKS",
    "backend_name",
    "is_there",
    "looked_for_in",
    "project_folder",
    "stack_files",
    "stack_name",
    "stack_path",
    "stacks_folder",
]

STACKS = "stacks"
"""The folder of stack files in a project (Pulumi.yaml, stackConfigDir)."""

_PROJECT_FILE = "Pulumi.yaml"
_PREFIX = "Pulumi."
_SUFFIXES = (".yaml", ".yml")
_OURS = re.compile(rf"""^name:\s*["']?{NAMESPACE}["']?\s*(#.*)?$""", re.MULTILINE)
_MOST = 64 * KIB
"""Bytes that a project file may have."""


class _Given:
    """The folder of `--dir`; of the process, as its working folder is."""

    folder: Path | None = None


@contextmanager
def looked_for_in(folder: Path | None) -> Iterator[None]:
    """Inside, stacks are looked for by their names in this folder, and in no other.

    :raises UsageError: there is no such folder.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"no such folder: {folder}",
            location=("--dir",),
            code="E201",
            help="name the folder of the stack files, or leave --dir out",
        )
    before, _Given.folder = _Given.folder, folder
    try:
        yield
    finally:
        _Given.folder = before


def stacks_folder() -> Path:
    """Where a new stack file goes: the folder of `--dir`, else stacks/ where there is one, else the
    working folder."""
    if _Given.folder is not None:
        return _Given.folder
    return Path(STACKS) if Path(STACKS).is_dir() else Path()


def project_folder() -> Path:
    """The folder that relative paths of a stack file and of the backend are meant from.

    That of the nearest Pulumi.yaml of this product, in the working folder (or that of `--dir`) or
    above it, where `pulumi` looks as well; without one the working folder.
    """
    begin = (_Given.folder or Path()).resolve()
    found = (each for each in (begin, *begin.parents) if _is_project(each / _PROJECT_FILE))
    return next(found, Path.cwd())


def _is_project(path: Path) -> bool:
    """Whether a file is a Pulumi project of this product's name."""
    try:
        head = read_bounded(path, _MOST)
    except OSError:
        return False
    return _OURS.search(head.decode("utf-8", "replace")) is not None


def stack_path(name_or_path: str) -> Path:
    """The stack file that a name or a path means; `organization/name` means the file of `name`.

    It is looked for as a path, in stacks/ below the current folder, and in the current folder; with
    `--dir` as a path and in that folder. The first one is taken. `-` is standard input.

    :raises ConfigError: there is none, and the message lists those that exist; or the name is
        one of another project.
    """
    given = Path(name_or_path)
    if is_there(given) and (given.suffix in _SUFFIXES or kind_of(given)):
        return given  # also a pipe or a device, which its reader refuses by its name
    name = name_or_path.removeprefix(_organization(name_or_path))
    for folder in _folders():
        for suffix in _SUFFIXES:
            path = folder / f"{_PREFIX}{name}{suffix}"
            if name.strip() and is_there(path):
                _refuse_other_projects(name_or_path)
                return path
    if name_or_path == "-":
        return spooled()
    near = get_close_matches(name, [*_names(), *map(str, stack_files())], n=1)
    raise ConfigError(
        _fault(given, name_or_path) if name.strip() else "the name of the stack is empty",
        code="E201",
        detail=_rule(given, name),
        help=f"{'did you mean ' + quoted(near[0]) + '? Otherwise ' if near else ''}"
        f"use a path, or one of: {_known()}",
    )


def _fault(given: Path, typed: str) -> str:
    if is_there(given) and given.is_dir():
        return f"{quoted(typed)} is a folder, and no stack or file"
    if is_there(given):
        return f"{quoted(typed)} is no stack file: its name does not end in .yaml"
    return f"no stack or file {quoted(typed)}"


def _rule(given: Path, name: str) -> str:
    shown = [_shown(folder) for folder in _folders()]
    if is_there(given) or given.suffix in _SUFFIXES:
        where = " or ".join(shown)
        return f"A stack is given by its name, dc1 for {_PREFIX}dc1.yaml in {where}, or by a path."
    where = ", ".join(shown)
    return f"There is no such file, and no {_PREFIX}{name or '<stack>'}.yaml in {where}."


def _folders() -> tuple[Path, ...]:
    """Where stacks are looked for by their names, each folder once."""
    return (Path(STACKS), Path()) if _Given.folder is None else (_Given.folder,)


def _known() -> str:
    """The stacks that there are, by the folder that they are in."""
    found = [(_names_in(folder), folder) for folder in _folders()]
    shown = (f"{', '.join(names)} (in {_shown(folder)})" for names, folder in found if names)
    return "; ".join(shown) or "(none yet)"


def _names() -> list[str]:
    """The names of all stacks that there are."""
    return [stack_name(path) for path in stack_files()]


def stack_files() -> list[Path]:
    """The stack files in every place where stacks are looked for by their names."""
    return [path for folder in _folders() for path in _files_in(folder)]


def _names_in(folder: Path) -> list[str]:
    return [stack_name(path) for path in _files_in(folder)]


def _files_in(folder: Path) -> list[Path]:
    """The stack files of a folder; Pulumi.yaml is a project."""
    paths = sorted(folder.glob(f"{_PREFIX}*")) if is_there(folder) else []
    return [path for path in paths if len(path.suffixes) > 1 and _is_yaml(path)]


def _is_yaml(path: Path) -> bool:
    return path.suffix in _SUFFIXES


def _shown(folder: Path) -> str:
    return "the current folder" if folder == Path() else f"{folder}/"


def is_there(path: Path) -> bool:
    """Whether a path exists. One that no file can have, such as a name of 300 letters, does not.

    A link to nowhere does, and a file in a folder that may not be searched: reading it names what
    is wrong.
    """
    try:
        path.lstat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def backend_name(name_or_path: str) -> str:
    """What the backend calls the stack: its name, behind the organization where one was given.

    The engine and every command that reads or writes its state ask for this name; without the
    organization they would meet the stack of the same name in the user's own.

    :raises ConfigError: as `stack_path`.
    """
    if name_or_path == "-":
        raise UsageError(
            "a stack from standard input has no state",
            detail="A stack that is updated has a file and a name.",
            help="write it to a file, and give its path",
        )
    path = stack_path(name_or_path)
    if path == Path(name_or_path):
        return stack_name(path)
    return _organization(name_or_path) + stack_name(path)


def _refuse_other_projects(name_or_path: str) -> None:
    organization = _organization(name_or_path)
    project = organization.split("/")[1] if organization.count("/") == 2 else NAMESPACE
    if project != NAMESPACE:
        raise ConfigError(
            f"{name_or_path} is a stack of the project {project}, not of {NAMESPACE}",
            code="E201",
            help="write organization/name",
        )


def _organization(name: str) -> str:
    """What stands before the name in `organization/name` and `organization/project/name`."""
    parts = name.split("/")
    return name.removesuffix(parts[-1]) if len(parts) <= 3 and all(parts) else ""


def stack_name(path: Path) -> str:
    """The stack's name: Pulumi.demo.yaml is `demo`."""
    name = path.name
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.removeprefix(_PREFIX)
