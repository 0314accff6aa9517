"""Rules about placeholders of a template that are not filled in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.stackfile.ciphertext import pulumi_path
from metallb.stackfile.load import NAMESPACE

__all__ = ["texts"]

_PLACEHOLDER = re.compile(
    r"<[^<>]+>|\$\{[^{}]+\}|(?:change|replace|fill)[-_ ]?(?:me|this|in)|todo|fixme|tbd"
    r"|your[-_ ][-_ \w]+",
    re.IGNORECASE,
)
_CHART = "helmValues"


@rule("K6", Severity.WARNING)
def no_placeholders(case: Case) -> Iterator[Hit]:
    """A value is a placeholder.

    Requirement: A value such as `<...>`, `${...}`, changeme or TODO is filled in.
    Why: nothing replaces it, so that it is used literally, and a session with such a password never
    comes up.
    Help: write the real value; where this is the real value, ignore K6.
    Source: the product's own rule.
    """
    if case.stack is None:
        return
    for section, content in case.stack.model_dump(by_alias=True, exclude_unset=True).items():
        for keys, text in texts(content):
            if not _PLACEHOLDER.fullmatch(text.strip()):
                continue
            location = (f"{NAMESPACE}:{section}", *keys)
            if isinstance(text, _Hidden):
                command = f"pulumi config set --secret --path '{pulumi_path(location)}'"
                help = f"set the secret with `{command}`, or remove the key"
                yield Hit(location, "a placeholder is in place of a secret", help=help)
            else:
                yield Hit(location, f"{quoted(text)} is a placeholder")


class _Hidden(str):
    """A text that is never shown."""


def texts(value: Any, *keys: str | int) -> Iterator[tuple[Location, str]]:
    """Every text, with its keys; the chart's values are left out, which may hold templates."""
    if isinstance(value, SecretStr):
        yield keys, _Hidden(value.get_secret_value())
    elif isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key != _CHART:
                yield from texts(item, *keys, str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from texts(item, *keys, index)
