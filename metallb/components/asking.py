"""Asks the platform's provider functions, and tells in one line why there is no answer."""

import asyncio
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import pulumi

from metallb.components.base import combined
from metallb.errors import PlatformError
from metallb.guard import ToldError

__all__ = ["asked"]

Answer = Mapping[str, Any]

# The plugin repeats a call whose connection broke, and never one that was answered with a status
# (provider 3.2.1). Functions only read, so a busy API may be asked again.
_BUSY = re.compile(r"(https://\S+: |\bHTTP )(429|500|502|503|504)\b")
_WAITS = (1.0, 2.0, 4.0)
"""Seconds before each further attempt."""
# Go's net/http quoted the value, which is the token, until it learned better.
_HEADER = re.compile(r'(invalid header field value) ".*?" (for key)', re.DOTALL)


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
        for wait in (*_WAITS, None):
            try:
                found: Answer = await pulumi.runtime.invoke_async(token, dict(known), options)
            except pulumi.RunError:
                raise
            except Exception as error:
                seen = _HEADER.sub(r"\1 (not shown) \2", str(error))
                if wait is None or not _BUSY.search(seen):
                    told = PlatformError(where=where, seen=seen, rule=rule, remedy=remedy)
                    raise ToldError(told) from error
                await asyncio.sleep(wait)
            else:
                return found
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    return combined(args, answer)


@cache
def _provider_version() -> str:
    """The version that resources of the package ask for, so that both share one provider."""
    return version("pulumi-equinix-metal")
