"""What an encrypted value of a stack file looks like, and what only stands in its place.

Source: Pulumi sdk/go/common/resource/config (object.go, isSecureValue; crypt.go): a mapping whose
one key is `secure`, and whose value is a text. A passphrase or a key service's data key writes
`v1:nonce:ciphertext` (AES-256-GCM), Pulumi's own service one base64 text.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from metallb.errors import MetalLBError

__all__ = ["CIPHERTEXT_PATTERN", "is_encrypted", "pulumi_path", "spelled_path", "wrong_ciphertexts"]

CIPHERTEXT_PATTERN = r"^(v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/]{22,}={0,2}|[A-Za-z0-9+/]{38,}={0,2})$"
"""For the JSON Schema; the reader looks at the bytes as well."""
_SECURE = "secure"
_NONCE = 12
_TAG = 16
_RULE = (
    "is no encrypted value: Pulumi takes a mapping with the one key `secure` for what it has "
    "encrypted, and nothing can decrypt this"
)


def is_encrypted(value: Any) -> bool:
    """Whether a value stands encrypted, or is a failed try of it that is told as such.

    A mapping below `secure` is none: a pool may have that name.
    """
    if not isinstance(value, Mapping) or set(value) != {_SECURE}:
        return False
    return not isinstance(value[_SECURE], Mapping | list)


def wrong_ciphertexts(config: Mapping[Any, Any]) -> Iterator[MetalLBError]:
    """A mistake for each value below `config:` that nothing can decrypt, without showing it."""
    for key, value in config.items():
        yield from _wrong(value, (str(key),))


def pulumi_path(path: tuple[str | int, ...]) -> str:
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


def spelled_path(path: tuple[str | int, ...]) -> str:
    """A key path as findings and mistakes spell it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _wrong(value: Any, path: tuple[str | int, ...]) -> Iterator[MetalLBError]:
    if is_encrypted(value):
        fault = _fault(value[_SECURE])
        if fault:
            yield _mistake(path, fault)
    elif isinstance(value, Mapping):
        if _SECURE in value and len(value) > 1 and not _fault(value[_SECURE]):
            yield _mistake(path, "another key beside `secure`")
            return
        for key, item in value.items():
            yield from _wrong(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _wrong(item, (*path, index))


def _mistake(path: tuple[str | int, ...], seen: str) -> MetalLBError:
    option = " --path" if len(path) > 1 else ""
    return MetalLBError(
        where=spelled_path(path),
        seen=seen,
        rule=_RULE,
        remedy=f"remove it, then run pulumi config set --secret{option} '{pulumi_path(path)}'",
    )


def _fault(value: Any) -> str:
    """Why a value can't be a ciphertext; empty where it can."""
    if value is None or value == "":
        return "nothing below `secure`"
    if not isinstance(value, str):
        return "a number or a boolean below `secure`"
    if value.startswith("v1:"):
        _, nonce, text, *rest = (*value.split(":"), "")
        right = _size(nonce) == _NONCE and _size(text) >= _TAG and rest == [""]
        return "" if right else "a text below `secure` that begins like a ciphertext and is none"
    return "" if _size(value) >= _NONCE + _TAG else "a text below `secure` that is no ciphertext"


def _size(text: str) -> int:
    """Bytes of a base64 text; -1 for another text."""
    try:
        return len(base64.b64decode("".join(text.split("\n")), validate=True))
    except (binascii.Error, ValueError):
        return -1
