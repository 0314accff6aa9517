"""Asks the platform's provider functions, and tells in one line why there is no answer."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import pulumi

from metallb.errors import PlatformError

__all__ = ["asked"]

Answer = Mapping[str, Any]


def asked(
    parent: pulumi.Resource,
    function: str,
    args: Mapping[str, Any],
    *,
    where: str,
    rule: str,
    remedy: str,
) -> pulumi.Output[Answer]:
    """What a function of the equinix-metal provider answers, in wire spelling.

    Not the provider's own wrappers: they build a class with thirty properties for each of a
    thousand devices, of which four are read; and a function that fails ends the program with a bare
    Exception, which the language host prints with the stack of Pulumi's own frames.

    :param function: such as getDevice.
    :param where: what the stack file calls it; with `rule` and `remedy` it makes the error.
    """
    token = f"equinix-metal:index/{function}:{function}"

    async def answer(known: Mapping[str, Any]) -> Answer:
        options = pulumi.InvokeOptions(parent=parent, version=_provider_version())
        try:
            found: Answer = await pulumi.runtime.invoke_async(token, dict(known), options)
        except pulumi.RunError:
            raise
        except Exception as error:
            told = PlatformError(where=where, seen=str(error), rule=rule, remedy=remedy)
            raise pulumi.RunError(str(told)) from error
        return found

    return pulumi.Output.from_input(dict(args)).apply(answer)


@cache
def _provider_version() -> str:
    """The version that resources of the package ask for, so that both share one provider."""
    return version("pulumi-equinix-metal")
