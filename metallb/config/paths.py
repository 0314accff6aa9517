"""From what a person types (`demo`, or a path) to a stack file, and back to the stack's name."""

from pathlib import Path

from metallb.config.load import NAMESPACE
from metallb.errors import ConfigError

__all__ = [
    "PROJECT_ROOT",
    "STACKS",
    "STACK_HELP",
    "backend_name",
    "is_there",
    "stack_name",
    "stack_path",
]

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder of Pulumi.yaml."""
STACKS = PROJECT_ROOT / "stacks"
"""Where stack files live (Pulumi.yaml, stackConfigDir)."""
STACK_HELP = "name of a stack (or organization/name), or path of a stack file"
"""What every command says of its argument, since all of them take the same (`stack_path`)."""

_PREFIX = "Pulumi."
_SUFFIXES = (".yaml", ".yml")


def stack_path(name_or_path: str) -> Path:
    """The stack file that a name or a path means; `organization/name` means the file of `name`.

    :raises ConfigError: there is none, and the message lists those that exist; or the stack is said
        to be of another project.
    """
    given = Path(name_or_path)
    if given.suffix in _SUFFIXES and is_there(given):
        return given
    name = name_or_path.removeprefix(_organization(name_or_path))
    for suffix in _SUFFIXES:
        path = STACKS / f"{_PREFIX}{name}{suffix}"
        if is_there(path):
            _refuse_other_projects(name_or_path)
            return path
    known = sorted(
        stack_name(path) for path in STACKS.glob(f"{_PREFIX}*") if path.suffix in _SUFFIXES
    )
    raise ConfigError(
        where=name_or_path,
        seen="neither a file nor a stack",
        rule="a stack is a file stacks/Pulumi.<stack>.yaml",
        remedy=f"use one of {', '.join(known) or '(none yet)'}, or a path",
    )


def is_there(path: Path) -> bool:
    """Whether a path exists. One that no file can have, such as a name of 300 letters, does not."""
    try:
        return path.exists()
    except OSError:
        return False


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
            where=name_or_path,
            seen=f"project {project}",
            rule=f"stacks of this program belong to the project {NAMESPACE}",
            remedy="write organization/name",
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
