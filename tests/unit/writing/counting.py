"""Counts calls of the operating system, and does something else in place of one of them."""

import os
from collections.abc import Callable
from typing import Any

__all__ = ["Counter"]

_CALLS = ("open", "write", "fsync", "replace", "unlink", "mkdir", "rmdir", "ftruncate")


class Counter:
    """Lets calls through up to a number of them, where it does something else."""

    def __init__(self, at: int, then: Callable[[], object]) -> None:
        self.left, self.then = at, then

    def over(self, put: Callable[[Any, str, Any], object]) -> None:
        """Stand before the calls.

        :param put: `setattr`, or one that is taken back.
        """
        for name in _CALLS:
            put(os, name, self._counted(getattr(os, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                self.then()
            return call(*args, **kwargs)

        return counted
