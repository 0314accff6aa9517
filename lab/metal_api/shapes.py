"""Answers of another shape than the API's, as an intermediary or a broken release gives them."""

import json
from typing import Any

from lab.metal_api.enums import OddShape

__all__ = ["HTML", "JSON", "is_done", "odd_body"]

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
_DEPTH = 100_000
_PLAIN: dict[OddShape, bytes] = {
    OddShape.EMPTY: b"",
    OddShape.LIST: b"[]",
    OddShape.OBJECT: b"{}",
    OddShape.NULL: b"null",
    OddShape.ERRORS: b'{"errors": ["Something went wrong"]}',
    OddShape.DEEP: b"[" * _DEPTH + b"]" * _DEPTH,
    OddShape.HTML: b"<html><body>Please sign in</body></html>",
}


def is_done(shape: OddShape | None) -> bool:
    """Whether the call came about all the same."""
    return shape is not OddShape.HTML


def odd_body(shape: OddShape, answer: Any) -> tuple[str, bytes]:
    """Content type and body in place of an answer."""
    if shape is OddShape.TYPES:
        return JSON, json.dumps(_other_types(answer)).encode()
    if shape is OddShape.ENDLESS:
        return JSON, json.dumps(_followed(answer)).encode()
    return HTML if shape is OddShape.HTML else JSON, _PLAIN[shape]


def _other_types(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return 0
    return {key: _other_type(value) for key, value in answer.items()}


def _other_type(value: Any) -> Any:
    match value:
        case list():
            return {}
        case str():
            return 0
        case _:
            return "text"


def _followed(answer: Any) -> Any:
    meta = answer.get("meta") if isinstance(answer, dict) else None
    if meta is None:
        return answer
    page = meta["current_page"] + 1
    return {**answer, "meta": {**meta, "last_page": page, "next": {"href": f"/next?page={page}"}}}
