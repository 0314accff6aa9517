"""Ctrl-C, SIGTERM and SIGHUP as one thing: a KeyboardInterrupt, at a moment that can bear it.

A CI runner cancels with SIGTERM and a closed terminal with SIGHUP; without a handler both end a
process where it stands, with no message and nothing cleaned up.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import subprocess

__all__ = [
    "Child",
    "abandon_threads",
    "as_interrupts",
    "end_process",
    "ending_signals",
    "held",
    "passed_on",
]


class _Gate:
    """Whether an interrupt may be raised just now; of the process, as its handlers are."""

    depth = 0
    waiting = False


class _Threads:
    """Whether threads are left that nothing waits for; of the process, as they are."""

    abandoned = False


def ending_signals() -> tuple[signal.Signals, ...]:
    """The signals that end a process. Not SIGHUP where `nohup` has it ignored."""
    ending = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        ending.append(hangup)
    return tuple(ending)


@contextmanager
def as_interrupts() -> Iterator[None]:
    """Inside, each of the signals raises a KeyboardInterrupt.

    Python allows handlers in the main thread only; elsewhere the caller sees to signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _Gate.waiting = False
    before = {number: signal.signal(number, _handle) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held() -> Iterator[None]:
    """Inside, an interrupt waits for the end of the block; a second one does not.

    For what is short and must be whole: an import that is cut off leaves half a module behind, and
    before the arguments are read the form of the last message is not known.

    :raises KeyboardInterrupt: at the end, where one waited.
    """
    _Gate.depth += 1
    try:
        yield
    finally:
        _Gate.depth -= 1
    if _Gate.waiting and not _Gate.depth:
        _Gate.waiting = False
        raise KeyboardInterrupt


class Child:
    """The process that interrupts go to, once there is one; earlier ones are kept for it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._kept = False

    def become(self, process: "subprocess.Popen[str]") -> None:
        """Name the process. It has a session of its own: a terminal interrupts its own group."""
        self._process = process
        if self._kept:
            self.interrupt()

    def interrupt(self) -> None:
        """Interrupt it, where it still runs."""
        if self._process is None:
            self._kept = True
        elif self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)


@contextmanager
def passed_on(heard: Callable[[], None] = lambda: None) -> Iterator[Child]:
    """Hand interrupts to a child, from before it starts until after it has ended.

    Python allows handlers in the main thread only; elsewhere the caller sees to signals.

    :param heard: called for each.
    """
    child = Child()
    if threading.current_thread() is not threading.main_thread():
        yield child
        return

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        heard()
        child.interrupt()

    before = {number: signal.signal(number, pass_on) for number in ending_signals()}
    try:
        yield child
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def abandon_threads() -> None:
    """Let the process end without its threads: an engine that is gone has left its program behind.

    Such a thread may wait for an answer of the network, for minutes, and its result is of no use.
    """
    _Threads.abandoned = True


def end_process(code: int) -> NoReturn:
    """End the process with an exit code; for its own main alone."""
    if _Threads.abandoned:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # closed, or its reader is gone
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _handle(_number: int, _frame: FrameType | None) -> None:
    if _Gate.depth and not _Gate.waiting:
        _Gate.waiting = True
        return
    _Gate.waiting = False
    raise KeyboardInterrupt
