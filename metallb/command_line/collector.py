"""How often Python looks for garbage in a process of our own.

Nearly everything that a command or a Pulumi program makes lives until it ends, and it makes a great
deal: at a thousand nodes half of an update's time went into looking for cycles that were not there
(`python -m benchmarks.program`), and a check of large files took longer than their size explains
(`python -m benchmarks.load`).
"""

import gc

__all__ = ["collect_rarely", "set_imports_aside"]

_THRESHOLD = 1_000_000
"""New containers before the youngest are looked at; Python's own is 700. A check of ten thousand
peers makes fewer, and all but some hundreds of them live until it ends."""


def set_imports_aside() -> None:
    """Have the collector pass over what is there now, once what is needed is imported."""
    if not gc.get_freeze_count():
        gc.freeze()


def collect_rarely() -> None:
    """Make the process's collector look less often.

    For the process's own program only; a program that uses the components decides for itself.
    """
    gc.set_threshold(_THRESHOLD, *gc.get_threshold()[1:])
