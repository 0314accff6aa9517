"""From what a person types (`demo`, or a path) to a stack file, and back to the stack's name."""

from pathlib import Path

from metallb.files.bounded import kind_of
from metallb.problems.errors import ConfigError
from metallb.problems.escape import quoted
from metallb.stackfile.load import NAMESPACE

__all__ = [
    "PROJECT_ROOT",
    "STACKS",
    "backend_name",
    "is_there",
    "stack_name",
    "stack_path",
]

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder of Pulumi.yaml."""
STACKS = PROJECT_ROOT / "stacks"
"""Where stack files live (Pulumi.yaml, stackConfigDir)."""

_PREFIX = "Pulumi."
_SUFFIXES = (".yaml", ".yml")


def stack_path(name_or_path: str) -> Path:
    """The stack file that a name or a path means; `organization/name` means the file of `name`.

    It is looked for as a path, in the current folder, in the current folder's stacks/, and in the
    stacks/ beside this program; the first one is taken.

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
    where = ", ".join(map(_shown, _folders()))
    raise ConfigError(
        f"no stack or file {quoted(name_or_path)}"
        if name.strip()
        else "the name of the stack is empty",
        code="E201",
        detail=f"There is no such file, and no {_PREFIX}{name or '<stack>'}.yaml in {where}.",
        help=f"use a path, or one of: {_known()}",
    )


def _folders() -> tuple[Path, ...]:
    """Where stacks are looked for by their names, each folder once."""
    found: dict[Path, Path] = {}
    for folder in (Path(), Path(STACKS.name), STACKS):
        whole = folder.resolve()
        found.setdefault(whole, STACKS if whole == STACKS else folder)
    return tuple(found.values())


def _known() -> str:
    """The stacks that there are, by the folder that they are in."""
    found = []
    for folder in _folders():
        paths = sorted(folder.glob(f"{_PREFIX}*")) if is_there(folder) else []
        # Pulumi.yaml is a project.
        names = [stack_name(path) for path in paths if len(path.suffixes) > 1 and _is_yaml(path)]
        if names:
            found.append(f"{', '.join(names)} (in {_shown(folder)})")
    return "; ".join(found) or "(none yet)"


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
