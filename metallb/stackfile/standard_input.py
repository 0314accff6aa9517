"""Standard input as a file: what reads files checks size and kind, and reads more than once."""

import atexit
import sys
from contextlib import ExitStack
from pathlib import Path

from metallb.files.bounded import MIB
from metallb.files.scratch import private_folder
from metallb.problems.errors import UsageError

__all__ = ["STANDARD_INPUT", "is_spooled", "spooled", "spooled_name"]

STANDARD_INPUT = "standard input"
"""What messages call it."""
_NAME = "Pulumi.stdin.yaml"
_LIMIT = 64 * MIB


class _Spooled:
    """The file, once standard input is read; of the process, as its standard input is."""

    path: Path | None = None


def spooled() -> Path:
    """A file with what standard input holds, which is gone when the process ends.

    :raises UsageError: standard input is a terminal, or has more than 64 MiB.
    """
    if _Spooled.path is None or not _Spooled.path.exists():
        if sys.stdin.isatty():
            raise UsageError(
                "- is standard input, which is a terminal",
                help="lead a file or the output of a command to it: command | metallb ...",
            )
        kept = ExitStack()
        folder = kept.enter_context(private_folder())
        atexit.register(kept.close)
        data = sys.stdin.buffer.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise UsageError(
                f"standard input has more than {_LIMIT} bytes",
                code="E112",
                help="write it to files in a folder, and name the folder",
            )
        _Spooled.path = folder / _NAME
        _Spooled.path.write_bytes(data)
    return _Spooled.path


def spooled_name() -> str:
    """The path of the file; empty where standard input was not read."""
    return str(_Spooled.path or "")


def is_spooled(path: Path) -> bool:
    """Whether a file holds what standard input held."""
    return _Spooled.path is not None and path == _Spooled.path
