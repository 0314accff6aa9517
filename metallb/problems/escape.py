"""Foreign text made safe to show: what a terminal would obey is shown as its code."""

import re

__all__ = ["escaped", "one_line"]

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_SHORT = {"\r": "\\r", "\x1b": "\\x1b", "\x00": "\\0"}


def escaped(text: str) -> str:
    """The text with control characters, and those that change its direction, as codes.

    Line feeds and tabs stay.
    """
    return _CONTROLS.sub(_code, text)


def one_line(text: str) -> str:
    """The text, escaped, on one line."""
    return " ".join(escaped(text).split())


def _code(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in _SHORT:
        return _SHORT[sign]
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
