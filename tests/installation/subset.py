"""Whether the API server kept everything that it was given."""

import base64
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]


def lost(sent: Any, stored: Any, path: str = "") -> Iterator[str]:
    """Paths of what was sent and is not stored as it was sent.

    More may be stored: defaults, status, what the cluster adds. The clear text of a Secret is
    stored in another spelling, and an empty value may be stored as none.
    """
    if path == ".stringData":
        return
    if isinstance(sent, dict):
        if not isinstance(stored, dict):
            if sent:
                yield path
            return
        for key, value in sent.items():
            if key not in stored and value not in ({}, [], None, ""):
                if (path, key) != ("", "stringData"):
                    yield f"{path}.{key}"
            elif key in stored:
                yield from lost(value, stored[key], f"{path}.{key}")
    elif isinstance(sent, list):
        if not isinstance(stored, list) or len(stored) != len(sent):
            yield path
            return
        for index, (one, other) in enumerate(zip(sent, stored, strict=True)):
            yield from lost(one, other, f"{path}[{index}]")
    elif sent != stored:
        yield f"{path} ({sent!r} became {stored!r})"


def secret_kept(sent: Object, stored: Object) -> bool:
    """Whether a Secret's clear text is stored, encoded."""
    data = stored.get("data") or {}
    return all(
        base64.b64decode(data.get(key, "")) == value.encode()
        for key, value in sent.get("stringData", {}).items()
    )
