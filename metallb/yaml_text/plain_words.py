"""Plain (unquoted) words of a stack file: one reading for all, or none.

Pulumi reads the file with Go's yaml.v3 (a mixture of YAML 1.1 and 1.2); editors and pipelines read
it with YAML 1.1 or 1.2. What all of them read as the same value, and what stands for it as written,
is that value. Everything else that one of them takes for no text becomes a `Misread`.

Sources: yaml.org/type (int, float, bool, timestamp, merge, value); YAML 1.2.2, 10.3.2 (core
schema); gopkg.in/yaml.v3, resolve.go.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Misread", "Reading", "plain_value", "reading"]

_MAX_NUMBER = 40
_SAME = {
    **dict.fromkeys(("", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF"))
# With what a word may start that any reader takes for no text.
_SUSPECT = frozenset("0123456789+-.~=<yYnNoO")
_WHOLE = re.compile(r"0|-?[1-9][0-9]*")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]")
_SIXTY = re.compile(
    r"[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)"
)
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NO_DIGITS = re.compile(r"[-+]?0[bx]_+")
# Go takes months and days of one digit, which YAML 1.1 does not.
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")
_BASES = {"x": 16, "o": 8, "b": 2}
_BASED = re.compile(r"([-+]?)0([xXoObB])([-+]?[0-9a-fA-F]+)")
_OCTAL = re.compile(r"([-+]?)0([0-7]+)")
_ZEROS = re.compile(r"[-+]?0[0-9]+")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_EXPONENT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)")
_LEAST, _MOST = -(2**63), 2**64 - 1
_EXACT = 2**53


class Misread(str):
    """A plain word that some reader takes for something else than another reader, or a person."""

    __slots__ = ()


class Reading(NamedTuple):
    """How YAML reads a word.

    :ivar meaning: what it makes of it; not to be shown where the word is a secret.
    :ivar why: what in the spelling does that.
    :ivar number: the number that the digits spell for a person, in decimal digits; empty where they
        spell none.
    """

    meaning: str
    why: str
    number: str = ""


@lru_cache(maxsize=4096)
def plain_value(word: str) -> bool | int | float | str | None:
    """What a plain word stands for; a `Misread` where that is not clear."""
    if word in _SAME:
        return _SAME[word]
    if word[0] not in _SUSPECT:
        return word
    if _WHOLE.fullmatch(word) and len(word) <= _MAX_NUMBER and _LEAST <= int(word) <= _MOST:
        return int(word)
    if _FRACTION.fullmatch(word) and len(word) <= _MAX_NUMBER:
        number = float(word)
        if Decimal(repr(number)) == Decimal(word):
            return number
    return word if reading(word) is None else Misread(word)


def reading(word: str) -> Reading | None:
    """How some reader takes a word that is neither a text for all nor plainly a value."""
    if word in _TRUE or word in _FALSE:
        meaning = "true" if word in _TRUE else "false"
        return Reading(f"{meaning} by YAML 1.1 and as a text by Pulumi", "it is a boolean of 1.1")
    if word[:1].isalpha():
        return None
    if word == "~":
        return Reading("no value", "~ means null")
    if word == "=":
        return Reading("a default value by YAML 1.1", "= is a word of its own there")
    if _NO_DIGITS.fullmatch(word):
        return Reading("an error by YAML 1.1 and as a text by Pulumi", "it has no digits")
    if word == "<<":
        return Reading("a merge of another mapping", "<< is the merge key")
    if _DATE.fullmatch(word):
        return Reading("a point in time", "it is a date, and Pulumi adds time and zone")
    if _SPECIAL.fullmatch(word):
        return Reading("infinity or no number", "Pulumi's JSON holds neither")
    if _SIXTY.fullmatch(word):
        meaning = f"the number {_of_sixty(word)} by YAML 1.1 and as a text by Pulumi"
        return Reading(meaning, "digits with colons are base 60 in YAML 1.1")
    return _number(word)


def _number(word: str) -> Reading | None:
    digits = word.replace("_", "")
    kinds = [make for kind, make in _NUMBERS if kind.fullmatch(digits)]
    if not kinds:
        return None
    if len(word) > _MAX_NUMBER:
        return Reading("a number", "it has more digits than a number holds")
    found = kinds[0](digits)
    if found is not None and digits != word:
        return Reading(found.meaning, "underscores between digits are dropped", found.number)
    return found


def _based(word: str) -> Reading | None:
    sign, letter, digits = _BASED.fullmatch(word).groups()  # type: ignore[union-attr]
    base = _BASES[letter.lower()]
    try:
        number = f"{'-' if sign == '-' else ''}{int(digits, base)}"
    except ValueError:  # such as 0o8, which is a text
        return None
    text = " by Pulumi and as a text by YAML 1.1" if letter in "oO" else ""
    return Reading(f"the number {number}{text}", f"it is in base {base}", number)


def _octal(word: str) -> Reading:
    sign = "-" if word[0] == "-" else ""
    meaning = f"the number {sign}{int(word.lstrip('+-'), 8)}"
    return Reading(meaning, "a leading zero means octal", str(int(word)))


def _zeros(word: str) -> Reading:
    number = str(int(word))
    meaning = f"the number {number} by Pulumi and as a text by YAML 1.1"
    return Reading(meaning, "it has a leading zero", number)


def _whole(word: str) -> Reading:
    """A sign without need, a number of more than 64 bits, or one that had underscores."""
    if _LEAST <= int(word) <= _MOST:
        return Reading(f"the number {int(word)}", "its sign is dropped", str(int(word)))
    return Reading(f"the number {float(word):g}", "it has more than 64 bits")


def _exponent(word: str) -> Reading:
    by = "" if "." in word else " by Pulumi and as a text by YAML 1.1"
    return Reading(f"the number {_spelled(word)}{by}", "it has an exponent", _spelled(word))


def _decimal(word: str) -> Reading:
    if "." in (word.lstrip("+-")[0], word[-1]):
        why = "it has no digit on one side of its point"
    elif Decimal(repr(float(word))) == Decimal(word):
        why = "a number keeps no zero at its end"
    else:
        why = "it has more digits than a number holds"
    return Reading(f"the number {_spelled(word)}", why, _spelled(word))


def _spelled(word: str) -> str:
    """A number with a point or an exponent, as shortly as JSON writes it."""
    number = float(word)
    whole = number.is_integer() and abs(number) < _EXACT
    return str(int(number)) if whole else repr(number)


def _of_sixty(word: str) -> str:
    total = Decimal(0)
    for part in word.replace("_", "").lstrip("+-").split(":"):
        total = total * 60 + Decimal(part)
    return f"{'-' if word[0] == '-' else ''}{total}"


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Reading | None]], ...] = (
    (_BASED, _based),
    (_OCTAL, _octal),
    (_ZEROS, _zeros),
    (_INTEGER, _whole),
    (_EXPONENT, _exponent),
    (_DECIMAL, _decimal),
)
