"""Problems for programs and comments: JSON, SARIF 2.1.0, GitHub's workflow commands, Markdown."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from metallb.problems.codes import CODES, FORM, Code
from metallb.problems.escape import (
    escaped,
    github_message,
    github_property,
    markdown_code,
    one_line,
)
from metallb.problems.problem import Problem
from metallb.problems.text import PLAIN, Style, problems_text

__all__ = ["DOCUMENTS", "FORMATS", "as_format", "counted", "plain"]

DOCUMENTS = ("json", "sarif", "github", "markdown")
FORMATS = ("text", *DOCUMENTS)
_ROOM = 60_000
"""Characters of Markdown; GitHub refuses comments of more than 65,536."""
_LONGEST = 300
"""Characters of a summary in Markdown."""
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_format(
    problems: Sequence[Problem], form: str, rules: Iterable[Code], style: Style = PLAIN
) -> str:
    """The problems in one of the formats; an empty text where there is nothing to show.

    :param rules: what a SARIF document describes besides the codes of errors.
    :param style: of the text.
    """
    if form == "json":
        return json.dumps([plain(each) for each in problems], indent=2)
    if form == "sarif":
        return json.dumps(_sarif(problems, rules), indent=2)
    if form == "github":
        return "\n".join(_github(each) for each in problems)
    if form == "markdown":
        return "\n".join(_markdown(problems))
    return problems_text(problems, style)


def plain(problem: Problem) -> dict[str, Any]:
    """The problem as every JSON document has it.

    The names are those of the first version of the documents, and stay.
    """
    position = problem.position
    return {
        "id": FORM if problem.code in CODES else problem.code,
        "code": problem.code,
        "severity": str(problem.severity),
        "where": escaped(problem.where),
        "location": [_key(step) for step in problem.as_dict()["location"]],
        "seen": escaped(problem.summary),
        "rule": escaped(problem.detail),
        "remedy": escaped(problem.help),
        "file": escaped(position.file) if position else None,
        "line": (position.line or None) if position else None,
        "column": (position.column or None) if position else None,
    }


def _key(step: str | int) -> str | int:
    return escaped(step) if isinstance(step, str) else step


def _message(problem: Problem) -> str:
    """Everything but the place in the file."""
    key = f" ({problem.where})" if problem.location else ""
    parts = [f"{problem.summary}{key}", problem.detail]
    parts.append(f"help: {problem.help}" if problem.help else "")
    return ". ".join(part.rstrip(".") for part in parts if part)


def _github(problem: Problem) -> str:
    position = problem.position
    place = ""
    if position is not None:
        place = f"file={github_property(_from_root(position.file))},"
        place += f"line={position.line}," if position.line else ""
        place += f"col={position.column}," if position.column else ""
    title = github_property(f"MetalLB {problem.code}")
    return f"::{problem.severity} {place}title={title}::{github_message(_message(problem))}"


def _from_root(file: str) -> str:
    """The file as its repository calls it: a review shows problems at no other name."""
    try:
        path = Path(file).resolve()
        repository = next((parent for parent in path.parents if (parent / ".git").exists()), None)
    except (OSError, ValueError):  # a name that no file can have
        return file
    for root in (repository, Path.cwd()):
        if root is not None and path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return file


def counted(problems: Sequence[Problem]) -> str:
    """How many errors and warnings there are, in words."""
    errors = sum(problem.is_error for problem in problems)
    warnings = len(problems) - errors
    return f"{errors} error{'s'[: errors != 1]}, {warnings} warning{'s'[: warnings != 1]}"


def _markdown(problems: Sequence[Problem]) -> Iterator[str]:
    """A heading and a table, in which everything that comes from a file is a code span.

    What does not fit is left out by whole rows, and counted.
    """
    yield f"### MetalLB: {counted(problems)}"
    if not problems:
        return
    yield from ("", "| | code | location | problem |", "|---|---|---|---|")
    room, shown = _ROOM, 0
    for each in problems:
        row = f"| {each.severity} | {each.code} | {_place(each)} | {_table_text(each)} |"
        room -= len(row) + 1
        if room < 0:
            break
        shown += 1
        yield row
    if shown < len(problems):
        yield from ("", f"... and {len(problems) - shown} more: --format json has all")


def _place(problem: Problem) -> str:
    place = markdown_code(str(problem.position)) if problem.position else ""
    key = markdown_code(problem.where) if problem.location else ""
    return "<br>".join(part for part in (place, key) if part)


def _table_text(problem: Problem) -> str:
    summary = problem.summary
    summary = summary if len(summary) <= _LONGEST else summary[:_LONGEST] + "..."
    parts = (("", summary), ("", problem.detail), ("help: ", problem.help))
    return "<br>".join(f"{label}{markdown_code(text)}" for label, text in parts if text)


def _uri(file: str) -> str:
    """The same as a reference in a document: relative, or whole with its scheme."""
    shown = _from_root(file)
    return Path(shown).as_uri() if Path(shown).is_absolute() else quote(os.fsencode(shown))


def _sarif(problems: Sequence[Problem], rules: Iterable[Code]) -> dict[str, Any]:
    described = [
        {
            "id": each.id,
            "shortDescription": {"text": f"{each.fault.rstrip('.')}."},
            "fullDescription": {"text": _rule(each)},
            "help": {"text": f"{each.help} Source: {each.source}"},
            "defaultConfiguration": {"level": str(each.severity)},
        }
        for each in (*rules, *CODES.values())
    ]
    driver = {"name": "metallb check", "rules": described}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(each) for each in problems]}],
    }


def _rule(code: Code) -> str:
    return f"{code.requirement.rstrip('.')}: {code.why}" if code.why else code.requirement


def _result(problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if problem.location:
        location["logicalLocations"] = [{"fullyQualifiedName": escaped(problem.where)}]
    if problem.position is not None:
        region = {"startLine": max(problem.position.line, 1)}
        if problem.position.column:
            region["startColumn"] = problem.position.column
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(problem.position.file)},
            "region": region,
        }
    return {
        "ruleId": problem.code,
        "level": str(problem.severity),
        "message": {"text": one_line(_message(problem))},
        "locations": [location] if location else [],
    }
