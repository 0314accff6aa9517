"""Foreign text made safe to show: what a terminal would obey is shown as its code."""

import re

__all__ = ["escaped", "one_line", "quoted"]

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
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


def quoted(text: str) -> str:
    """The text, escaped, in quotes: a backslash is one backslash, and a line feed is shown."""
    sign = '"' if "'" in text and '"' not in text else "'"
    shown = escaped(text).replace("\n", "\\n").replace("\t", "\\t")
    return f"{sign}{shown}{sign}"


def _code(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in _SHORT:
        return _SHORT[sign]
    number = ord(sign)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
