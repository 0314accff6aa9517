"""Asks many at once, in a way that an interrupt ends at once."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

__all__ = ["answers"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def answers(
    items: Sequence[Item], ask: Callable[[Item], Answer], *, at_once: int
) -> Iterator[tuple[Item, Answer]]:
    """Every item with its answer, as they come. What `ask` raises, this raises.

    An executor would have a process wait for its threads: for all that a dead node was asked.
    Whoever waits for an answer in the main thread may find a Ctrl-C taken for a failed call, which
    is what the library of the port-forward does. So the threads are daemons, and nobody waits for
    anything but answers.
    """
    todo: SimpleQueue[Item] = SimpleQueue()
    done: SimpleQueue[tuple[Item, Answer | None, BaseException | None]] = SimpleQueue()
    for item in items:
        todo.put(item)

    def work() -> None:
        with suppress(Empty):
            while True:
                item = todo.get_nowait()
                try:
                    done.put((item, ask(item), None))
                except BaseException as error:  # it is raised where the answers are taken
                    done.put((item, None, error))

    for _ in range(min(at_once, len(items))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in items:
            item, answer, error = done.get()
            if error is not None:
                raise error
            yield item, answer  # type: ignore[misc]  # None only beside an error, or by `ask`
    finally:
        with suppress(Empty):
            while True:
                todo.get_nowait()
