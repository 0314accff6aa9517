"""What an encrypted value of a stack file looks like, and what only stands in its place.

Source: Pulumi sdk/go/common/resource/config (object.go, isSecureValue; crypt.go): a mapping whose
one key is `secure`, and whose value is a text. A passphrase or a key service's data key writes
`v1:nonce:ciphertext` (AES-256-GCM), Pulumi's own service one base64 text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from metallb.problems.problem import Location, Problem, Severity

__all__ = ["CIPHERTEXT_PATTERN", "is_encrypted", "pulumi_path", "wrong_ciphertexts"]

_FOUR = "[A-Za-z0-9+/]{4}"
_LAST = "(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
# A nonce, and behind it at least the 16 bytes of a tag; a service has both in one.
CIPHERTEXT_PATTERN = (
    f"^(?:v1:(?:{_FOUR}){{2,}}{_LAST}:(?:{_FOUR}){{5,}}{_LAST}|(?:{_FOUR}){{9,}}{_LAST})$"
)
_SECURE = "secure"
_RULE = (
    "Pulumi takes a mapping with the one key `secure` for what it has encrypted, and nothing can "
    "decrypt this."
)


def is_encrypted(value: Any) -> bool:
    """Whether a value stands encrypted, or was to and is reported by `wrong_ciphertexts`.

    A mapping below `secure` is none: a pool may have that name.
    """
    if not isinstance(value, Mapping) or len(value) != 1 or _SECURE not in value:
        return False
    return not isinstance(value[_SECURE], Mapping | list)


def wrong_ciphertexts(config: Mapping[Any, Any]) -> Iterator[Problem]:
    """A problem for each value below `config:` that nothing can decrypt, without showing it."""
    yield from _wrong(config, ())


def pulumi_path(path: Location) -> str:
    """A key path as `pulumi config set --path` takes it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif text and not step.replace("_", "").replace("-", "").isalnum():
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text


def _wrong(value: Mapping[Any, Any] | list[Any], path: Location) -> Iterator[Problem]:
    if path and isinstance(value, Mapping) and is_encrypted(value):
        fault = _fault(value[_SECURE])
        if fault:
            yield _problem(path, fault)
    elif isinstance(value, Mapping):
        if path and _SECURE in value and len(value) > 1 and not _fault(value[_SECURE]):
            yield _problem(path, "another key beside `secure`")
            return
        for key, item in value.items():
            if isinstance(item, Mapping | list):
                yield from _wrong(item, (*path, str(key)))
    else:
        for index, item in enumerate(value):
            if isinstance(item, Mapping | list):
                yield from _wrong(item, (*path, index))


def _problem(path: Location, fault: str) -> Problem:
    option = " --path" if len(path) > 1 else ""
    return Problem(
        "E105",
        Severity.ERROR,
        f"not an encrypted value: {fault}",
        path,
        _RULE,
        f"remove it, then run pulumi config set --secret{option} '{pulumi_path(path)}'",
    )


def _fault(value: Any) -> str:
    """Why a value can't be a ciphertext; empty where it can."""
    if value is None or value == "":
        return "nothing below `secure`"
    if not isinstance(value, str):
        return "a number or a boolean below `secure`"
    # Go's reader of base64 passes over line breaks.
    if re.match(CIPHERTEXT_PATTERN, value.replace("\n", "")):
        return ""
    return "a text below `secure` that is no ciphertext"
