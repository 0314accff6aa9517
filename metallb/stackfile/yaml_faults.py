"""What is wrong with a text that is not YAML, and how to correct it.

The parser stops at the first line that can't be right, which is often the one behind the mistake:
so the lines above it are looked at as well. No line is shown, since any may hold a secret; keys
are.
"""

import re
from typing import NamedTuple

import yaml

__all__ = ["Fault", "YamlRefusal", "syntax_fault"]

_SYNTAX = "E101"
_NO_BREAK = "\u00a0"
_KEY = r"\s*(?:- +)*([A-Za-z][\w.-]*):\S"
_SECTION = r"metallb:[A-Za-z]+|config"
_PARTS = {
    "while parsing a block mapping": "mapping",
    "while parsing a block collection": "list",
    "while parsing a flow mapping": "mapping in braces",
    "while parsing a flow sequence": "list in brackets",
    "while scanning a quoted scalar": "quoted text",
    "while scanning a simple key": "key",
}
_CONFLICT = r"(?:<{7}|={7}|>{7})(?:\s|$)"
_ODD_COLON = (
    "\\s*(?:- +)*([A-Za-z][\\w.-]*)"
    "(?:(:)([\u00a0\u2000-\u200a\u202f\u3000])|([\uff1a\ufe55\ua789]))"
)
_DASHES = r"\s*(?:- +)*"
_OPENS = {"]": "[", "}": "{"}
_ENDS = {"mapping in braces": "`}`", "list in brackets": "`]`", "quoted text": "the quote"}
_PLAIN = (
    ("found undefined alias", "an alias has no anchor", "write the value out"),
    ("found undefined tag", "a tag is not known", "remove the word that begins with !"),
    ("found unknown escape", "a backslash is not followed by a known letter", "write \\\\ for one"),
    (
        "block sequence entries are not allowed",
        "an entry of a list is in the line of its key",
        "begin the entries, each with `- `, in lines of their own below the key",
    ),
    (
        "did not find expected alphabetic",
        "a `*` or `&` is not followed by a name",
        "put the text that begins with it in quotes",
    ),
    (
        "did not find expected comment",
        "a text goes on behind `|` or `>`",
        "begin the text in the next line",
    ),
)
"""By the start of the parser's words: what is wrong, and the help."""


class YamlRefusal(yaml.constructor.ConstructorError):
    """A refusal of our own loaders, in our words.

    :ivar fault: the refusal as it is reported.
    """

    def __init__(
        self, summary: str, mark: yaml.Mark, *, help: str, code: str = _SYNTAX, detail: str = ""
    ) -> None:
        super().__init__(None, None, summary, mark)
        self.fault = Fault(summary, help, code, detail, mark.line + 1, mark.column + 1)


class Fault(NamedTuple):
    """What is wrong, and where.

    :ivar line: counted from 1; 0 where it is not known. `column` likewise.
    """

    summary: str
    help: str
    code: str = _SYNTAX
    detail: str = ""
    line: int = 0
    column: int = 0


def syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    """The fault of a text that the parser or one of our loaders refused."""
    if isinstance(error, YamlRefusal):
        return error.fault
    if isinstance(error, yaml.reader.ReaderError):
        return _unreadable(error, text)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault("the file is not valid YAML", "correct it with an editor that knows YAML")
    return _of_lines(error, error.problem_mark, text.splitlines())


def _unreadable(error: yaml.reader.ReaderError, text: str) -> Fault:
    """A character that YAML does not have; its position counts characters or bytes."""
    before = text[: int(error.position or 0)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    sign = error.character
    number = sign if isinstance(sign, int) else ord(str(sign)[:1] or "\0")
    summary = f"the control character U+{number:04X} is in the file"
    return Fault(summary, "remove it, or write it in quotes as an escape", line=line, column=column)


def _of_lines(error: yaml.MarkedYAMLError, mark: yaml.Mark, lines: list[str]) -> Fault:
    """What is wrong, from the parser's problem and the lines around it."""
    problem, number = error.problem or "", mark.line
    before = _before(lines, number)
    fault = _of_signs(lines, number, before)
    if fault is not None:
        return fault
    at = (number + 1, mark.column + 1)
    line = _line(lines, number)
    if "\t" in _indentation(line) or problem.startswith("found a tab"):
        return _at(
            at, "the line is indented with a tab", "indent it with spaces: YAML takes no tabs"
        )
    if "cannot start any token" in problem:
        sign = line[mark.column : mark.column + 1]
        return _at(
            at, f"a text without quotes begins with {sign or 'a sign'}", "put the text in quotes"
        )
    for start, summary, help in _PLAIN:
        if problem.startswith(start):
            return _at(at, summary, help)
    part, begin = _PARTS.get(error.context or ""), error.context_mark
    closer = line[mark.column : mark.column + 1]
    if closer in ("]", "}") and part not in _ENDS:
        return _at(
            at, f"a `{closer}` closes nothing", f"remove it, or open it with `{_OPENS[closer]}`"
        )
    if problem.startswith("did not find expected node content"):
        if error.context == "while parsing a flow node":
            summary = "a list or mapping in brackets is not closed"
            return _at(at, summary, "write the missing `]` or `}`")
        summary = "a sign is where a value begins"
        return _at(at, summary, "put the text that begins with it in quotes")
    if problem.startswith("mapping values are not allowed") or part == "key":
        return _of_a_key(lines, mark, before)
    if "document start" in problem:
        return _of_a_document(lines, number)
    if part is None or begin is None:
        help = "compare the line with the ones around it"
        return _at(at, "the line is not YAML where it is", help)
    if part in _ENDS:
        return _of_brackets(lines, mark, part, begin)
    if part == "list":
        return _of_a_list(lines, number, begin)
    return _of_a_mapping(lines, number, before, begin)


def _at(place: tuple[int, int], summary: str, help: str) -> Fault:
    return Fault(summary, help, line=place[0], column=place[1])


def _of_signs(lines: list[str], number: int, before: int) -> Fault | None:
    """What no line of YAML has, in the line of the parser's problem or before it."""
    for each, line in enumerate(lines[: number + 1]):
        if re.match(_CONFLICT, line):
            return _at(
                (each + 1, 1),
                f"line {each + 1} is a conflict marker of git",
                "keep the lines of one side, and remove the markers",
            )
    for each in (number, before):
        line = _line(lines, each)
        if _NO_BREAK in _indentation(line):
            summary = f"line {each + 1} is indented with no-break spaces"
            return _at((each + 1, 1), summary, "indent it with plain spaces")
        if found := re.match(_ODD_COLON, line):
            sign = found[3] or found[4]
            what = f"the character U+{ord(sign):04X} where a colon and a space belong"
            what = "a no-break space after its colon" if sign == _NO_BREAK else what
            help = f"write `{found[1]}: VALUE` with a plain colon and a plain space"
            return _at((each + 1, found.end(1) + 1), f"line {each + 1} has {what}", help)
    return None


def _of_a_key(lines: list[str], mark: yaml.Mark, before: int) -> Fault:
    """A colon where no key can be, or a line that is no key: the line above says why, mostly."""
    number = mark.line
    line, above = _line(lines, number), _line(lines, before)
    width, width_above = len(_indentation(line)), len(_indentation(above))
    bare = above.strip()
    here, there = (number + 1, mark.column + 1), (before + 1, width_above + 1)
    if before < number and re.match(r"-[^\s-]", bare):
        summary = f"line {before + 1} has no space after its `-`"
        return _at(there, summary, f"write `- ` in line {before + 1}")
    if before < number and bare and ": " not in bare and not bare.endswith(":"):
        summary = f"line {before + 1} has no colon and space after its key"
        help = f"write a colon and a space after the key in line {before + 1}"
        if width > width_above and " " not in bare:
            summary = f"line {before + 1} has no colon at its end"
            help = f"write {bare if re.fullmatch(_SECTION, bare) else 'the key'}: there"
        elif named := re.match(_KEY, above):
            help = f"write `{named[1]}: VALUE` in line {before + 1}"
        return _at(there, summary, help)
    if spaced := re.match(r"\s*(metallb: +([A-Za-z]+)):(?:\s|$)", line):
        help = f"write metallb:{spaced[2]}: without a space in it"
        return _at((number + 1, width + 1), f"a space is inside the key {spaced[1]}", help)
    if line.count(": ") > 1:
        return _at(here, "the line has a second `: `", "put the text that holds it in quotes")
    if before < number and width > width_above:
        summary = f"the line is indented deeper than line {before + 1}, which has a value already"
        column = len(re.match(_DASHES, above)[0]) + 1  # type: ignore[index]
        like = f"the key of line {before + 1}" if column > width_above + 1 else f"line {before + 1}"
        return _at(here, summary, f"begin it in column {column}, like {like}")
    return _at(
        here,
        "a `: ` is where no key can be",
        "compare the indentation of this line with the line above; a text with `: ` in it is in "
        "quotes",
    )


def _of_a_document(lines: list[str], number: int) -> Fault:
    """A line outside the mapping of the file: left of it, or behind a line `---`."""
    used = [each for each in range(number) if _width(lines[each]) >= 0]
    second = next((each for each in used[1:] if lines[each].startswith("---")), None)
    if second is not None:
        summary = f"line {second + 1} begins a second document"
        return _at((second + 1, 1), summary, "remove the line `---`")
    first = used[0] if used else number
    width, left = _width(_line(lines, first)), _width(_line(lines, number))
    summary = f"line {number + 1} begins left of line {first + 1}, the first of the file"
    help = f"begin line {first + 1} in column {left + 1}"
    return _at((first + 1, width + 1), summary, help)


def _of_brackets(lines: list[str], mark: yaml.Mark, part: str, begin: yaml.Mark) -> Fault:
    """A list or mapping in brackets, or a text in quotes, that does not end where it may."""
    line, place = _line(lines, mark.line), (begin.line + 1, begin.column + 1)
    sign, end = line[mark.column : mark.column + 1], _ENDS[part]
    where = f"line {place[0]}, column {place[1]}"
    if sign in ("]", "}"):
        summary = f"the {part} of {where} is closed with `{sign}`"
        return _at((mark.line + 1, mark.column + 1), summary, f"write {end} in its place")
    # A key behind a value, or at the start of a line; it may be a part of a secret.
    key = re.search(r"(?:^|\s)([\w./-]{1,80})$", line[: mark.column])
    closed = mark.line == begin.line or any(
        each.lstrip().startswith(end.strip("`")) for each in lines[mark.line + 1 :]
    )
    if sign == ":" and key and closed:
        at = (mark.line + 1, key.start(1) + 1)
        summary = f"a comma is missing before the key in column {at[1]}"
        return _at(at, summary, "write a comma in front of it")
    summary = f"the {part} of {where} is not closed"
    return _at(place, summary, f"end line {begin.line + 1} with {end}")


def _of_a_list(lines: list[str], number: int, begin: yaml.Mark) -> Fault:
    column, width = begin.column + 1, len(_indentation(_line(lines, number)))
    summary = f"the line is no entry of the list that begins in line {begin.line + 1}"
    help = (
        f"begin the line in column {column + 2} if it belongs to the entry above, "
        f"or with '- ' in column {column} if it is the next one"
    )
    if _line(lines, number).lstrip().startswith("- "):
        help = f"begin it in column {column}, like the entry of line {begin.line + 1}"
    return _at((number + 1, width + 1), summary, help)


def _of_a_mapping(lines: list[str], number: int, before: int, begin: yaml.Mark) -> Fault:
    line = _line(lines, number)
    width, column = len(_indentation(line)), begin.column + 1
    here = (number + 1, width + 1)
    summary = "the indentation of the line matches no key above it"
    entry = _nearest_entry(lines, number) if line.lstrip().startswith("- ") else None
    if width == begin.column:
        summary = f"the line is no key of the mapping that begins in line {begin.line + 1}"
        help = "indent the entries of a list alike, and write each key with a colon and a space"
        if line.lstrip().startswith("- "):
            summary = "the line is an entry of a list, where the lines above are keys"
    if entry is not None:
        entry_column = _width(lines[entry]) + 1
        return _at(
            here, summary, f"begin it in column {entry_column}, like the entry of line {entry + 1}"
        )
    if width == begin.column:
        return _at(here, summary, help)
    parent = next(
        (each for each in range(before, -1, -1) if 0 <= _width(lines[each]) < width), before
    )
    sibling = _width(lines[before]) + 1
    if sibling - 1 - width == 1:
        return _at(
            here,
            summary,
            f"begin it in column {sibling}, like line {before + 1}, "
            f"or in column {column}, like the keys of line {begin.line + 1}",
        )
    return _at(
        here,
        summary,
        f"begin it in column {column}, like the keys of line {begin.line + 1}, "
        f"or indent the key above it, in line {parent + 1}, as far as this one",
    )


def _nearest_entry(lines: list[str], number: int) -> int | None:
    """The line above that begins an entry of a list, and is indented most alike."""
    width = len(_indentation(lines[number]))
    entries = [
        each
        for each in range(number - 1, -1, -1)
        if lines[each].lstrip().startswith("- ") and _width(lines[each]) != width
    ]
    return min(entries, key=lambda each: abs(_width(lines[each]) - width), default=None)


def _line(lines: list[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


def _before(lines: list[str], number: int) -> int:
    """The line before a line that holds more than a comment; itself where there is none."""
    for each in range(min(number, len(lines)) - 1, -1, -1):
        if _width(lines[each]) >= 0:
            return each
    return number if number < len(lines) else 0


def _width(line: str) -> int:
    """How far a line is indented; -1 for one without content."""
    bare = line.strip()
    return len(_indentation(line)) if bare and not bare.startswith("#") else -1


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
