"""Answers of the network within bounds: so many bytes, and so many seconds for the whole of it.

The time limit of a socket is for each of its reads: a server that sends a byte now and then is
waited for without end. Here a timer shuts the sockets of a call down when its time is over,
whichever library reads from them.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

__all__ = ["BeyondLimits", "guard_connections", "read_answer", "watch", "within"]

_CHUNK = 64 * 1024


class BeyondLimits(OSError):
    """An answer that takes too long, or is too large; the text has which."""


class _Deadline:
    """The sockets of a call, by duplicates of their descriptors: TLS takes the originals over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.over = False

    def watch(self, descriptor: int) -> None:
        duplicate = socket.socket(fileno=os.dup(descriptor))
        with self._lock:
            self._sockets.append(duplicate)
            if self.over:
                _shut(duplicate)

    def end(self) -> None:
        with self._lock:
            self.over = True
            for each in self._sockets:
                _shut(each)

    def close(self) -> None:
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


def _shut(some: socket.socket) -> None:
    with suppress(OSError):  # the other end has closed it
        some.shutdown(socket.SHUT_RDWR)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Inside, what reads from a socket that is watched ends when the time is over.

    :raises BeyondLimits: the time was over, whatever the block came to.
    """
    deadline = _Deadline()
    timer = threading.Timer(seconds, deadline.end)
    timer.daemon = True
    token = _deadline.set(deadline)
    timer.start()
    try:
        yield
    except Exception as error:
        if not deadline.over:
            raise
        raise _late(seconds) from error
    finally:
        timer.cancel()
        _deadline.reset(token)
        deadline.close()
    if deadline.over:  # an answer without a length ends where its connection does
        raise _late(seconds)


def _late(seconds: float) -> BeyondLimits:
    return BeyondLimits(f"no whole answer within {seconds:g} seconds")


def watch(some: Any) -> None:
    """Have the time of the block around it (`within`) hold for a socket."""
    deadline = _deadline.get()
    if deadline is not None:
        deadline.watch(some.fileno())


def guard_connections(pools: Any) -> None:
    """Have every connection that a PoolManager of urllib3 opens or takes again be watched."""
    pools.pool_classes_by_scheme = {
        scheme: type(plain.__name__, (plain,), {"ConnectionCls": _watched(plain.ConnectionCls)})
        for scheme, plain in pools.pool_classes_by_scheme.items()
    }


def _watched(plain: Any) -> Any:
    class Watched(plain):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            made = super()._new_conn()
            watch(made)
            return made

        def request(self, *args: Any, **options: Any) -> None:
            if self.sock is not None:
                watch(self.sock)
            super().request(*args, **options)

    return Watched


def read_answer(read: Callable[[int], bytes], most: int) -> bytes:
    """The whole of an answer.

    :param read: gives at most so many of its next bytes; none at its end.
    :raises BeyondLimits: it has more than `most` bytes.
    """
    chunks: list[bytes] = []
    left = most + 1
    while left and (chunk := read(min(left, _CHUNK))):
        chunks.append(chunk)
        left -= len(chunk)
    if not left:
        raise BeyondLimits(f"an answer of more than {most} bytes")
    return b"".join(chunks)
