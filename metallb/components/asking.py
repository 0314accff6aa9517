"""What a person reads when a provider function refuses to answer."""

from collections.abc import Awaitable
from typing import TypeVar

import pulumi

from metallb.errors import PlatformError

__all__ = ["explained"]

T = TypeVar("T")


def explained(answer: pulumi.Output[T], *, where: str, rule: str, remedy: str) -> pulumi.Output[T]:
    """The same answer; where there is none, the program ends with one line and no traceback.

    The engine raises a bare Exception for a function that failed, which the language host prints
    with the stack of Pulumi's own frames.
    """

    async def told(part: Awaitable[object]) -> object:
        try:
            return await part
        except pulumi.RunError:
            raise
        except Exception as error:
            told_as = PlatformError(where=where, seen=str(error), rule=rule, remedy=remedy)
            raise pulumi.RunError(str(told_as)) from error

    return pulumi.Output(
        told(answer.resources()),  # type: ignore[arg-type]
        told(answer.future(with_unknowns=True)),  # type: ignore[arg-type]
        told(answer.is_known()),  # type: ignore[arg-type]
        told(answer.is_secret()),  # type: ignore[arg-type]
    )
