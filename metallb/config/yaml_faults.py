"""What is wrong with a text that is not YAML, and how to correct it.

The parser stops at the first line that can't be right, which is often the one behind the mistake:
so the lines above it are looked at as well. No line is shown, since any may hold a secret; keys
are.
"""

import re
from dataclasses import dataclass

import yaml

__all__ = ["Fault", "YamlRefusal", "syntax_fault"]

_SYNTAX = "E101"
_NO_BREAK = "\u00a0"
_KEY = re.compile(r"\s*(?:- +)*([A-Za-z][\w.-]*):\S")
_SECTION = re.compile(r"metallb:[A-Za-z]+|config")
_PARTS = {
    "while parsing a block mapping": "mapping",
    "while parsing a block collection": "list",
    "while parsing a flow mapping": "mapping in braces",
    "while parsing a flow sequence": "list in brackets",
    "while scanning a quoted scalar": "quoted text",
    "while scanning a simple key": "key",
}
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


@dataclass(frozen=True)
class Fault:
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
    mark = error.problem_mark
    summary, help = _of_lines(error, text.splitlines())
    return Fault(summary, help, line=mark.line + 1, column=mark.column + 1)


def _unreadable(error: yaml.reader.ReaderError, text: str) -> Fault:
    """A character that YAML does not have; its position counts characters or bytes."""
    before = text[: int(error.position or 0)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    sign = error.character
    number = sign if isinstance(sign, int) else ord(str(sign)[:1] or "\0")
    summary = f"the control character U+{number:04X} is in the file"
    return Fault(summary, "remove it, or write it in quotes as an escape", line=line, column=column)


def _of_lines(error: yaml.MarkedYAMLError, lines: list[str]) -> tuple[str, str]:
    """What is wrong, and the help, from the parser's problem and the lines around it."""
    mark, problem = error.problem_mark, error.problem or ""
    number = mark.line if mark else 0
    line = lines[number] if number < len(lines) else ""
    before = _before(lines, number)
    if _NO_BREAK in _indentation(line) or _NO_BREAK in _indentation(lines[before] if lines else ""):
        at = number if _NO_BREAK in _indentation(line) else before
        return f"line {at + 1} is indented with no-break spaces", "indent it with plain spaces"
    if "\t" in _indentation(line) or problem.startswith("found a tab"):
        return "the line is indented with a tab", "indent it with spaces: YAML takes no tabs"
    if "cannot start any token" in problem:
        sign = line[mark.column : mark.column + 1] if mark else ""
        return f"a text without quotes begins with {sign or 'a sign'}", "put the text in quotes"
    for start, summary, help in _PLAIN:
        if problem.startswith(start):
            return summary, help
    if problem.startswith("did not find expected node content"):
        if error.context == "while parsing a flow node":
            return "a list or mapping in brackets is not closed", "write the missing `]` or `}`"
        return "a sign is where a value begins", "put the text that begins with it in quotes"
    part = _PARTS.get(error.context or "")
    begin = error.context_mark
    if problem.startswith("mapping values are not allowed") or part == "key":
        return _of_a_key(lines, number, before)
    if part is None or begin is None:
        return f"not valid YAML: {problem}", "compare the line with the ones around it"
    if part in _ENDS:
        where = f"line {begin.line + 1}, column {begin.column + 1}"
        return (
            f"the {part} of {where} is not closed",
            f"end line {begin.line + 1} with {_ENDS[part]}",
        )
    if part == "list":
        return _of_a_list(begin)
    return _of_a_mapping(lines, number, before, begin)


def _of_a_key(lines: list[str], number: int, before: int) -> tuple[str, str]:
    """A colon where no key can be, or a line that is no key: the line above says why, mostly."""
    line, above = (lines[each] if each < len(lines) else "" for each in (number, before))
    width, width_above = len(_indentation(line)), len(_indentation(above))
    bare = above.strip()
    if before < number and re.match(r"-[^\s-]", bare):
        return f"line {before + 1} has no space after its `-`", f"write `- ` in line {before + 1}"
    if before < number and bare and ": " not in bare and not bare.endswith(":"):
        summary = f"line {before + 1} has no colon and space after its key"
        if width > width_above and " " not in bare:
            summary = f"line {before + 1} has no colon at its end"
            return summary, f"write {bare if _SECTION.fullmatch(bare) else 'the key'}: there"
        if named := _KEY.match(above):
            return summary, f"write `{named[1]}: VALUE` in line {before + 1}"
        return summary, f"write a colon and a space after the key in line {before + 1}"
    if line.count(": ") > 1:
        return "the line has a second `: `", "put the text that holds it in quotes"
    if before < number and width > width_above:
        summary = f"the line is indented deeper than line {before + 1}, which has a value already"
        return summary, f"begin it in column {width_above + 1}, like line {before + 1}"
    return (
        "a `: ` is where no key can be",
        "compare the indentation of this line with the line above; a text with `: ` in it is in "
        "quotes",
    )


def _of_a_list(begin: yaml.Mark) -> tuple[str, str]:
    column = begin.column + 1
    return (
        f"the line is no entry of the list that begins in line {begin.line + 1}",
        f"begin the line in column {column + 2} if it belongs to the entry above, "
        f"or with '- ' in column {column} if it is the next one",
    )


def _of_a_mapping(lines: list[str], number: int, before: int, begin: yaml.Mark) -> tuple[str, str]:
    line = lines[number] if number < len(lines) else ""
    width, column = len(_indentation(line)), begin.column + 1
    summary = "the indentation of the line matches no key above it"
    if width == begin.column:
        summary = f"the line is no key of the mapping that begins in line {begin.line + 1}"
        if line.lstrip().startswith("- "):
            summary = "the line is an entry of a list, where the lines above are keys"
        return summary, (
            "indent the entries of a list alike, and write each key with a colon and a space"
        )
    parent = next(
        (each for each in range(before, -1, -1) if 0 <= _width(lines[each]) < width), before
    )
    sibling = _width(lines[before]) + 1
    if sibling - 1 - width == 1:
        return summary, (
            f"begin it in column {sibling}, like line {before + 1}, "
            f"or in column {column}, like the keys of line {begin.line + 1}"
        )
    return summary, (
        f"begin it in column {column}, like the keys of line {begin.line + 1}, "
        f"or indent the key above it, in line {parent + 1}, as far as this one"
    )


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
