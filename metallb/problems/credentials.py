"""Names that say that a value is a credential, and keys that may be one themselves.

A colon or a space that is missing makes a key of a secret (`password=...:`), and so does a value
that is indented as a key. Such a key is found by its place in the file, and not shown.
"""

import re
from functools import lru_cache

from metallb.problems.problem import Unshown

__all__ = ["credential_of", "hides_value", "is_shown", "plain_name", "shown_key"]

_NAMED = (
    ("password", "a password"),
    ("passwd", "a password"),
    ("passphrase", "a password"),
    ("token", "a token"),
    ("apikey", "an API key"),
    ("secretkey", "a secret key"),
    ("clientsecret", "a secret key"),
    ("memberlistsecret", "a memberlist key"),
    ("privatekey", "a private key"),
    ("clientkeydata", "a private key"),
)
"""By the end of a key's name, without signs and in small letters."""
_WORDS = r"[A-Za-z][A-Za-z_.-]*(?:[:/][A-Za-z][A-Za-z_.-]*)*:?"
_NUMBERED = r"[A-Za-z][A-Za-z_-]*[0-9]{1,2}"
_WITH_VALUE = r"([A-Za-z][\w.-]*?)[:=]"
_SHORT = ("secret", "md5", "md5key")
"""Whole names, too short to be the end of any name."""
_REFERS = "passwordsecret"
"""The end of a key that refers to a Secret, where the password itself is written by mistake."""


def credential_of(key: str) -> str:
    """What a value of a key is by the key's name, such as `a password`; empty for other keys."""
    plain = plain_name(key)
    return next((what for end, what in _NAMED if plain.endswith(end)), "")


def hides_value(key: str | int) -> bool:
    """Whether a value of a key may be a secret by the key's name, and is not shown."""
    name = str(key)
    plain = plain_name(name)
    return bool(credential_of(name)) or plain.endswith(_REFERS) or plain in _SHORT


@lru_cache(maxsize=1024)
def plain_name(key: str) -> str:
    """A key's name without signs, in small letters."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def is_shown(key: str) -> bool:
    """Whether a key that no format knows is a word, which may be a misspelt one."""
    value = re.match(_WITH_VALUE, key)
    if value is not None and hides_value(value[1]):
        return False
    return bool(re.fullmatch(_WORDS, key) or re.fullmatch(_NUMBERED, key))


def shown_key(key: str) -> tuple[str, str]:
    """The key as a step of a location, and what a message calls it."""
    return (key, key) if is_shown(key) else (Unshown(key), Unshown.words)
