"""Takes a lab away when the command that runs it fails, is interrupted or gets a signal to end."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from lab.site import Lab


@contextlib.contextmanager
def guarded(lab: Lab, *, keep: bool = False) -> Iterator[None]:
    """Clean up after an error, Ctrl-C, SIGTERM or SIGHUP; after success too, unless kept.

    A second signal while cleaning up is ignored: half a clean-up is of no use. Against SIGKILL
    nothing helps but the record, which `down` reads. A lab that runs already is left alone.
    """
    lab.refuse_if_up()
    was = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    done = False
    try:
        yield
        done = True
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            if not (done and keep):
                lab.down()
        finally:
            for number, handler in was.items():
                signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
