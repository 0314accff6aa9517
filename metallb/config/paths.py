"""From what a person types (`demo`, or a path) to a stack file, and back to the stack's name."""

from pathlib import Path

from metallb.errors import ConfigError

__all__ = ["PROJECT_ROOT", "STACKS", "is_there", "stack_name", "stack_path"]

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder of Pulumi.yaml."""
STACKS = PROJECT_ROOT / "stacks"
"""Where stack files live (Pulumi.yaml, stackConfigDir)."""

_PREFIX = "Pulumi."
_SUFFIXES = (".yaml", ".yml")


def stack_path(name_or_path: str) -> Path:
    """The stack file that a name or a path means.

    :raises ConfigError: there is none; the message lists those that exist.
    """
    given = Path(name_or_path)
    if given.suffix in _SUFFIXES and is_there(given):
        return given
    for suffix in _SUFFIXES:
        path = STACKS / f"{_PREFIX}{name_or_path}{suffix}"
        if is_there(path):
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


def stack_name(path: Path) -> str:
    """The stack's name: Pulumi.demo.yaml is `demo`."""
    name = path.name
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.removeprefix(_PREFIX)
