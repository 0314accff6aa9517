"""How often Python looks for garbage while a program registers its resources.

Nearly everything that a Pulumi program makes lives until it ends, and it makes a great deal: at a
thousand nodes half of the time went into looking for cycles that were not there
(`python -m benchmarks.program`).
"""

import gc

__all__ = ["collect_rarely"]

_THRESHOLD = 50_000
"""New containers before the youngest are looked at; Python's own is 700. Some megabytes."""


def collect_rarely() -> None:
    """Set the process's collector aside for what is imported, and make it look less often.

    For the process's own program only; a program that uses the components decides for itself.
    """
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(_THRESHOLD, *gc.get_threshold()[1:])
