"""Turns this product's errors into ones that Pulumi prints without a traceback.

The language host prints a `pulumi.RunError` as its text alone; anything else comes with the stack
of Python frames, which is of no use to a person with a typo in a stack file.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pulumi

from metallb.problems.errors import MetalLBError
from metallb.problems.journal import record

__all__ = ["ReportedError", "guarded"]

P = ParamSpec("P")
T = TypeVar("T")


class ReportedError(pulumi.RunError):
    """An error of ours on its way through Pulumi, which prints its text and no traceback.

    Its problems go into the journal of the run, where there is one. Keeps the error itself:
    Pulumi's runtime overwrites `__cause__` when it raises from a task.
    """

    def __init__(self, error: MetalLBError) -> None:
        super().__init__(str(error))
        self.error = error
        record(error.problems)


def guarded(function: Callable[P, T]) -> Callable[P, T]:
    """The same function, whose `MetalLBError` ends the program without a traceback."""

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except MetalLBError as error:
            raise ReportedError(error) from error

    return call
