"""Rules about what a template leaves to be filled in, and was left in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from metallb.config.load import NAMESPACE
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__: list[str] = []

_PLACEHOLDER = re.compile(
    r"<[^<>]+>|\$\{[^{}]+\}|(?:change|replace|fill)[-_ ]?(?:me|this|in)|todo|fixme|tbd"
    r"|your[-_ ][-_ \w]+",
    re.IGNORECASE,
)
_NO_ID = re.compile(r"(?=([0-9a-f]))\1{8}-\1{4}-[0-9a-f]\1{3}-[0-9a-f]\1{3}-\1{12}")
"""One digit throughout; a UUID's two special digits, its version and its variant, may differ."""
_CHART = "helmValues"


@rule("M30", Severity.WARNING)
def real_ids(case: Case) -> Iterator[Hit]:
    """An id of Equinix Metal is a real one.

    Why: the template's stands for one that is still to be filled in; no project, device or block
    has it, and `up` fails when it asks for it.
    Remedy: copy the id from the console.
    Source: stacks/Pulumi.packet.yaml; RFC 9562.
    """
    if case.metal is None:
        return
    for where, text in _texts(case.metal.model_dump(by_alias=True, exclude_unset=True)):
        if _NO_ID.fullmatch(text):
            wrong = "is a template's id: no project, device or block has it, and `up` fails"
            yield Hit(f"{NAMESPACE}:platform{where}", text, wrong)


@rule("K6", Severity.WARNING)
def no_placeholders(case: Case) -> Iterator[Hit]:
    """A value is no placeholder.

    Why: `<...>`, `${...}`, changeme or TODO stands for what is still to be filled in. It is used as
    it stands: nothing replaces it, and a session with such a password never comes up.
    Remedy: write the value, or remove the key; silence this where the value is really called so.
    Source: the product's own rule.
    """
    if case.stack is None:
        return
    for key, section in case.stack.model_dump(by_alias=True, exclude_unset=True).items():
        for where, text in _texts(section):
            hidden = isinstance(text, _Hidden)
            if _PLACEHOLDER.fullmatch(text.strip()):
                seen = "a placeholder where a secret belongs" if hidden else repr(text)
                wrong = "is a placeholder that was left in: it is used as it stands"
                yield Hit(f"{NAMESPACE}:{key}{where}", seen, wrong)


class _Hidden(str):
    """A text that is never shown."""


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text, with its place; the chart's values are its own, which has templates in them."""
    if isinstance(value, SecretStr):
        yield where, _Hidden(value.get_secret_value())
    elif isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key != _CHART:
                yield from _texts(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]")
