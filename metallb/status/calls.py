"""Runs many calls at once, in a way that an interrupt ends at once."""

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

    An executor would have a process wait for its threads: for every call to a dead node. A call in
    the main thread may take a Ctrl-C for its own failure, as the library of the port-forward does.
    So the threads are daemons, and the main thread waits for answers alone.
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
