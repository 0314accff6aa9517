"""Keys of a stack's config that are almost ours: the engine would pass them over without a word."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from metallb.config.load import NAMESPACE, section_names
from metallb.errors import MetalLBError

__all__ = ["misspelt_keys", "misspelt_top_keys"]

_TOP_KEYS = ("config", "environment", "encryptedkey", "encryptionsalt", "secretsprovider")
"""What Pulumi reads of a stack file."""
_NEAR = 0.85
_NEAR_WITH_A_SECTION = 0.7
"""`metal:authToken` may be another product's; `metal:bgp` is not."""


def misspelt_keys(keys: Iterable[Any]) -> Iterator[MetalLBError]:
    """A mistake for each key below `config:` that is no other product's, and not spelled as ours.

    Other products' keys (`kubernetes:context`) are theirs, whatever they say.
    """
    for key in keys:
        namespace, colon, name = str(key).partition(":")
        if not colon:
            yield MetalLBError(
                where=str(key),
                seen="a key without a namespace",
                rule="keys below config are namespace:name, and nothing reads others",
                remedy=_remedy(re.sub(rf"^{NAMESPACE}[^a-z]?", "", str(key), flags=re.IGNORECASE)),
            )
        elif namespace == NAMESPACE and not name:
            yield MetalLBError(
                where=str(key),
                seen="a namespace alone",
                rule="keys below config are namespace:name, and nothing reads others",
                remedy=_remedy(""),
            )
        elif namespace != NAMESPACE and _is_near(namespace, name):
            yield MetalLBError(
                where=str(key),
                seen=f"the namespace {namespace!r}",
                rule=f"this program reads {NAMESPACE}: only, and would pass this over",
                remedy=_remedy(name),
            )


def misspelt_top_keys(keys: Iterable[Any]) -> Iterator[MetalLBError]:
    """A mistake for each key of a whole stack file that is almost one of Pulumi's."""
    for key in keys:
        near = get_close_matches(str(key).lower(), _TOP_KEYS, n=1, cutoff=0.8)
        if near and key not in _TOP_KEYS:
            yield MetalLBError(
                where=str(key),
                rule="is not a key of a stack file, and nothing reads it",
                remedy=f"did you mean '{near[0]}'?",
            )


def _is_near(namespace: str, name: str) -> bool:
    letters = re.sub("[^a-z]", "", namespace.lower())
    alike = SequenceMatcher(None, letters, NAMESPACE).ratio()
    return alike >= (_NEAR_WITH_A_SECTION if name in section_names() else _NEAR)


def _remedy(name: str) -> str:
    known = section_names()
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean '{NAMESPACE}:{near[0]}'?"
    return "write each section as one key: " + ", ".join(f"{NAMESPACE}:{each}" for each in known)
