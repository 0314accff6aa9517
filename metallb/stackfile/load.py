"""The one way from raw values to a StackConfig."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError

from metallb.problems.credentials import shown_key
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem, spelled
from metallb.stackfile.form import form_of
from metallb.stackfile.form_codes import ENCRYPTED, MISSING, problem_of_form
from metallb.stackfile.references import reference_problems
from metallb.stackfile.stack import StackConfig

__all__ = [
    "NAMESPACE",
    "Misplaced",
    "error_of",
    "section_names",
    "stack_config",
    "validated",
    "with_misplaced",
]

NAMESPACE = "metallb"
"""Config namespace, which is the Pulumi project's name."""
_UNKNOWN_KEY = "E102"


class Misplaced(NamedTuple):
    """A key that is misspelt or in the wrong place, so that nothing reads what is below it.

    :ivar section: the section that it was to be, where that can be guessed.
    :ivar anything: it may have been any section.
    :ivar is_config: it may have been `config` itself.
    """

    problem: Problem
    section: str = ""
    anything: bool = False
    is_config: bool = False

    @property
    def key(self) -> str:
        """The key as it is written."""
        return str(self.problem.location[0])

    @property
    def line(self) -> int:
        """Its line; 0 where it is not known."""
        return self.problem.position.line if self.problem.position else 0


def section_names() -> tuple[str, ...]:
    """Keys below `metallb:`, in the order of the model."""
    return tuple(field.alias or name for name, field in StackConfig.model_fields.items())


def stack_config(
    sections: Mapping[str, Any], *, source: str, secret_sections: Collection[str] = ()
) -> StackConfig:
    """Validate what a stack file says.

    :param sections: values by key, without the `metallb:` in front.
    :param source: what to call the file in errors.
    :param secret_sections: keys whose values Pulumi marked secret as a whole; values stay hidden.
    :raises ConfigError: with every mistake.
    """
    stack, problems = validated(sections, secret_sections)
    if problems or stack is None:
        raise error_of(problems, source)
    return stack


def validated(
    sections: Mapping[str, Any],
    secret_sections: Collection[str],
    elsewhere: Mapping[str, Any] | None = None,
) -> tuple[StackConfig | None, list[Problem]]:
    """The stack, or None, and every problem; one without the other is the whole of it.

    :param elsewhere: sections that are in a wrong place, by name. They are taken for what they
        are, so that nothing misses them; their own problems come to light in their right place.
    """
    unknown = _unknown_sections(sections)
    form = form_of(sections, StackConfig, secret_sections)
    problems = [*(each.problem for each in unknown), *form.problems]
    known = {key: value for key, value in sections.items() if key in section_names()}
    outside = {**(elsewhere or {}), **form.elsewhere}
    outside = {key: value for key, value in outside.items() if key not in known}
    guessed = {each.section for each in unknown}
    whole = {each.key for each in unknown}
    stack: StackConfig | None = None
    try:
        # A stack file has the names of its reference page; those of Python's fields are not its.
        stack = StackConfig.model_validate({**known, **outside}, by_alias=True, by_name=False)
    except ValidationError as error:
        found = _section_problems(error, {**known, **outside}, secret_sections)
    else:
        found = list(reference_problems(stack))
    for problem in found:
        section = str(problem.location[0]) if problem.location else ""
        missing = problem.code == MISSING and section not in map(_key, known)
        known_of = section in map(_key, outside) or (missing and section in map(_key, guessed))
        # `metallb:bgp.myAsn` as one key is what is missing, in the wrong spelling.
        known_of = known_of or (problem.code == MISSING and spelled(problem.location) in whole)
        if not (known_of or form.covers(problem.location)):
            problems.append(problem)
    return stack, problems


def with_misplaced(
    misplaced: Collection[Misplaced],
    sections: Mapping[str, Any],
    secret_sections: Collection[str],
    elsewhere: Mapping[str, Any] | None = None,
) -> list[Problem]:
    """Keys that nothing reads, and beside them the problems of the sections that are in place.

    A section that is missing because its key is misspelt is not reported a second time, nor are
    keys of a section that is not there.
    """
    _, problems = validated(sections, secret_sections, elsewhere)
    return [
        *(each.problem for each in misplaced),
        *(
            problem
            for problem in problems
            if problem.code != ENCRYPTED
            and not (
                problem.code == MISSING and _may_be_there(problem.location, sections, misplaced)
            )
            and not (
                problem.code == MISSING
                and any(
                    problem.location == (_key(each.section), each.key)
                    for each in misplaced
                    if each.section
                )
            )
        ),
    ]


def _may_be_there(
    location: Location, sections: Mapping[str, Any], misplaced: Iterable[Misplaced]
) -> bool:
    """Whether a key in a wrong place may be what is missing: the section itself, or a key of a
    section that is not there either."""
    section = str(location[0]) if location else ""
    if len(location) > 1:
        return section not in map(_key, sections)
    return section in map(_key, section_names()) and any(
        each.anything or _key(each.section) == section for each in misplaced
    )


def _key(section: str) -> str:
    """The key of a section below `config:`."""
    return f"{NAMESPACE}:{section}"


def error_of(problems: Collection[Problem], source: str) -> ConfigError:
    """The problems of a file as one error.

    :param source: what to call the file.
    """
    count = f"{len(problems)} mistake{'s' if len(problems) != 1 else ''}"
    placed = (
        each.at(each.position._replace(file=source)) if each.position else each for each in problems
    )
    return ConfigError.of(placed, f"{count} in {source}")


def _section_problems(
    error: ValidationError, known: Mapping[str, Any], secret_sections: Collection[str]
) -> list[Problem]:
    """Problems of every section; values of a section that is marked secret are not shown."""
    from metallb.stackfile.mistakes import problems_of_form

    found: list[Problem] = []
    for problem in problems_of_form(
        error, known, StackConfig, secret=lambda location: location[0] in secret_sections
    ):
        name, *below = problem.location
        section = f"{NAMESPACE}:{name}"
        if problem.code == MISSING and not below:
            summary = f"section {section} is missing"
            problem = replace(problem, summary=summary, help=f"write {section}: below config:")
        found.append(replace(problem, location=(section, *below)))
    return found


def _unknown_sections(sections: Mapping[str, Any]) -> list[Misplaced]:
    known = section_names()
    found = []
    for key in sections:
        if key in known:
            continue
        head, sign, inner = re.split(r"([.[])", f"{key}.", maxsplit=1)
        letters = {each.lower(): each for each in known}
        near = [letters[each] for each in get_close_matches(key.lower(), letters, 1, 0.5)]
        if inner and head in known:
            near = [head]
            help = f"write what is behind the {sign!r} below {NAMESPACE}:{head}; that is what "
            help += "--path does for `pulumi config set`"
        elif near:
            help = f"did you mean '{NAMESPACE}:{near[0]}'?"
        else:
            help = "the sections are: " + ", ".join(f"{NAMESPACE}:{name}" for name in known)
        step, called = shown_key(f"{NAMESPACE}:{key}")
        location = (step,)
        summary = f"{called} is not a key of the stack file"
        problem = problem_of_form(summary, location, code=_UNKNOWN_KEY, help=help)
        found.append(Misplaced(problem, section=near[0] if near else ""))
    return found
