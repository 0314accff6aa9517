"""Invokes the platform's provider functions; one that fails is one error without a traceback."""

import asyncio
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import pulumi

from metallb.components.base import combined
from metallb.components.guard import ReportedError
from metallb.platforms.equinix_metal.components.results import Result, checked
from metallb.problems.errors import PlatformError

__all__ = ["invoked"]

Answer = Mapping[str, Any]

# The plugin repeats a call whose connection broke, and never one that was answered with a status
# (provider 3.2.1). Functions only read, so a call may be repeated where the API is busy.
_STATUS = re.compile(r"(?:https://\S+: |\bHTTP )(\d{3})\b")
_BUSY = frozenset({"429", "500", "502", "503", "504"})
_CODES = {"401": "E301", "403": "E301", "404": "E302", **dict.fromkeys(_BUSY, "E304")}
_ABSENT = re.compile(r"\bno \w+ found\b")
_WAITS = (1.0, 2.0, 4.0)
"""Seconds before each further attempt."""
# Go's net/http quoted the value, which is the token, until it learned better.
_HEADER = re.compile(r'(invalid header field value) ".*?" (for key)', re.DOTALL)
# What engine and plugin write in front of the cause.
_FRAMES = re.compile(
    r"(invo\w+ (of )?equinix-metal:\S+ ?((failed|returned an error):)?|"
    r"\d+ errors? occurred:\s*\*)\s*"
)


def invoked(
    parent: pulumi.Resource,
    function: str,
    args: Mapping[str, Any],
    *,
    shape: type[Result],
    what: str,
    help: str,
) -> pulumi.Output[Answer]:
    """The result of a function of the equinix-metal provider, in wire spelling.

    Not the provider's own wrappers: they build a class with thirty properties for each of a
    thousand devices, of which four are read; and a function that fails ends the program with a bare
    Exception, which the language host prints with the stack of Pulumi's own frames.

    :param function: such as getDevice.
    :param shape: what its result has to have; one of another shape is an error.
    :param what: what is looked up, as the stack file calls it; the error names it.
    :param help: what to do where it fails.
    """
    token = f"equinix-metal:index/{function}:{function}"

    async def answer(known: Mapping[str, Any]) -> Answer:
        options = pulumi.InvokeOptions(parent=parent, version=_provider_version())
        for wait in (*_WAITS, None):
            try:
                found = await pulumi.runtime.invoke_async(token, dict(known), options)
                return checked(shape, found, what=what, help=help)
            except pulumi.RunError:
                raise
            except PlatformError as error:
                # The plugin repeats no answer that it could read.
                if wait is None:
                    raise ReportedError(error) from error
                await asyncio.sleep(wait)
            except Exception as error:
                text = _HEADER.sub(r"\1 (not shown) \2", str(error))
                if wait is None or _status(text) not in _BUSY:
                    raise ReportedError(_failure(what, text, help)) from error
                await asyncio.sleep(wait)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    return combined(args, answer)


def _status(text: str) -> str:
    found = _STATUS.search(text)
    return found[1] if found else ""


def _failure(what: str, text: str, help: str) -> PlatformError:
    code = _CODES.get(_status(text), "E302" if _ABSENT.search(text) else PlatformError.code)
    cause = _FRAMES.sub("", text).strip() or text
    return PlatformError(f"cannot look up {what}: {cause}", code=code, help=help)


@cache
def _provider_version() -> str:
    """The version that resources of the package ask for, so that both share one provider."""
    return version("pulumi-equinix-metal")
