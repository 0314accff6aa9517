"""Standard output and standard error of a command, whose readers may go away at any moment.

A command that reads ends there: by SIGPIPE where its reader is gone (`| head -1`), with an error
where the output is closed or its disk is full. A command that changes something goes on to its end
and is silent from there on. Messages on standard error that can't be written are dropped.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any

from metallb.problems.errors import MetalLBError
from metallb.problems.file_errors import cause_of

__all__ = [
    "BY_SIGPIPE",
    "Output",
    "ReaderGone",
    "end_by_sigpipe",
    "guarded_output",
    "prepare_process",
]

BY_SIGPIPE = 141
"""Exit code that a shell shows for a process that SIGPIPE ended: 128 + 13 (POSIX)."""
_HELP = "check the redirection and the free space, then run the command again"


class ReaderGone(BrokenPipeError):
    """Nothing reads standard output any more."""


class Output:
    """What became of standard output.

    :ivar goes_on: whether the command goes on when standard output is lost.
    """

    def __init__(self) -> None:
        self.goes_on = False
        self._fault: OSError | None = None

    def lost(self, error: OSError) -> None:
        """Take note that nothing can be written any more.

        :raises ReaderGone: its reader is gone, and the command does not go on.
        :raises MetalLBError: it is closed or full, and the command does not go on.
        """
        self._fault = error
        if not self.goes_on:
            raise _unwritable(error)

    def finish(self) -> None:
        """Write what is left to write.

        :raises ReaderGone: as `lost`, also where a library has passed over it.
        :raises MetalLBError: as `lost`; or the disk was full when a command that went on wrote what
            it came to.
        """
        sys.stdout.flush()
        if self._fault is None:
            return
        if not self.goes_on:
            raise _unwritable(self._fault)
        if self._fault.errno not in (errno.EPIPE, errno.EBADF):
            raise _unwritable(self._fault, "the run is done, but ")


def _unwritable(error: OSError, before: str = "") -> ReaderGone | MetalLBError:
    if error.errno == errno.EPIPE:
        return ReaderGone(errno.EPIPE, os.strerror(errno.EPIPE))
    cause = "it is closed" if error.errno == errno.EBADF else cause_of(error)
    return MetalLBError(
        f"{before}cannot write to standard output: {cause}", code="E203", help=_HELP
    )


class _Guarded:
    """A stream that reports once that it can't be written, and is silent from then on."""

    def __init__(self, stream: Any, lost: Callable[[OSError], None]) -> None:
        self._stream, self._report = stream, lost
        self._is_lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._guarded(lambda: self._stream.write(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._guarded(self._stream.flush)

    def _guarded(self, act: Callable[[], Any]) -> None:
        if self._is_lost:
            return
        try:
            act()
        except OSError as error:
            self._is_lost = True
            self._drop()
            self._report(error)

    def _drop(self) -> None:
        """Lead the stream nowhere: Python writes the rest of its buffer once more at its end."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


class _Closed(io.TextIOBase):
    """A standard output that was closed before the program began."""

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


@contextmanager
def guarded_output() -> Iterator[Output]:
    """Inside, standard output and standard error may be lost at any moment."""
    output = Output()
    out: Any = _Guarded(sys.stdout or _Closed(), output.lost)
    err: Any = _Guarded(sys.stderr or io.StringIO(), lambda _: None)
    with redirect_stdout(out), redirect_stderr(err):
        yield output


def prepare_process() -> None:
    """What a process of its own needs before it writes anything.

    Descriptors that are closed lead nowhere: what is opened next would take their place. What the
    encoding of standard output does not have is written as its code.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        # For as long as the process runs.
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper) and isinstance(out.buffer, io.RawIOBase):
        # Of PYTHONUNBUFFERED: what a raw write leaves over is lost without an error.
        sys.stdout = open(out.fileno(), "w", 1, out.encoding, closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def end_by_sigpipe() -> None:
    """End the process as one that does not know of its reader is ended."""
    pipe = getattr(signal, "SIGPIPE", None)
    if pipe is not None:
        signal.signal(pipe, signal.SIG_DFL)
        os.kill(os.getpid(), pipe)
