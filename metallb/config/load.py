"""The one way from raw values to a StackConfig."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from metallb.config.form import form_of
from metallb.config.mistakes import NOTHING, SealedValue, mistakes_of
from metallb.config.references import reference_mistakes
from metallb.config.stack import StackConfig
from metallb.errors import ConfigError, MetalLBError

__all__ = [
    "NAMESPACE",
    "Misplaced",
    "as_error",
    "section_names",
    "stack_config",
    "validated",
    "with_misplaced",
]

NAMESPACE = "metallb"
"""Config namespace, which is the Pulumi project's name."""


class Misplaced(MetalLBError):
    """A key that is misspelt or in the wrong place, so that nothing reads what stands below it.

    :ivar section: the section that it was to be, where that can be guessed.
    :ivar anything: it may have been any section.
    """

    def __init__(self, *, section: str = "", anything: bool = False, **facts: Any) -> None:
        super().__init__(**facts)
        self.section = section
        self.anything = anything


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
    :raises ConfigError: with one line for every mistake.
    """
    stack, mistakes = validated(sections, secret_sections)
    if mistakes or stack is None:
        raise as_error(mistakes, source)
    return stack


def validated(
    sections: Mapping[str, Any],
    secret_sections: Collection[str],
    elsewhere: Mapping[str, Any] | None = None,
) -> tuple[StackConfig | None, list[MetalLBError]]:
    """The stack, or None, and every mistake; one without the other says all there is.

    :param elsewhere: sections that stand in a wrong place, by name. They are taken for what they
        are, so that nothing misses them; their own mistakes come to light in their right place.
    """
    unknown = _unknown_sections(sections)
    form = form_of(sections, StackConfig, secret_sections)
    mistakes = [*unknown, *form.mistakes]
    known = {key: value for key, value in sections.items() if key in section_names()}
    outside = {**(elsewhere or {}), **form.elsewhere}
    outside = {key: value for key, value in outside.items() if key not in known}
    guessed = {each.section for each in unknown}
    stack: StackConfig | None = None
    try:
        # A stack file has the names of its reference page; those of Python's fields are not its.
        stack = StackConfig.model_validate({**known, **outside}, by_alias=True, by_name=False)
    except ValidationError as error:
        found = _section_mistakes(error, {**known, **outside}, secret_sections)
    else:
        found = list(reference_mistakes(stack))
    for mistake in found:
        section = _section(mistake.where)
        missing = mistake.seen == NOTHING and section not in known
        known_of = section in outside or (missing and section in guessed)
        if not (known_of or form.covers(mistake.where)):
            mistakes.append(mistake)
    return stack, mistakes


def with_misplaced(
    misplaced: Collection[Misplaced],
    sections: Mapping[str, Any],
    secret_sections: Collection[str],
    elsewhere: Mapping[str, Any] | None = None,
) -> list[MetalLBError]:
    """Keys that nothing reads, and beside them the mistakes of the sections that are in place.

    A section that is missing because its key is misspelt is not reported a second time, nor are
    keys of a section that is not there.
    """
    _, mistakes = validated(sections, secret_sections, elsewhere)
    return [
        *misplaced,
        *(
            mistake
            for mistake in mistakes
            if not isinstance(mistake, SealedValue)
            and not (
                mistake.seen in (NOTHING, "null")
                and _may_be_there(mistake.where, sections, misplaced)
            )
        ),
    ]


def _may_be_there(where: str, sections: Mapping[str, Any], misplaced: Iterable[Misplaced]) -> bool:
    """Whether a key in a wrong place may be what is missing: the section itself, or a key of a
    section that is not there either."""
    name = _section(where)
    if where != f"{NAMESPACE}:{name}":
        return name not in sections
    return name in section_names() and any(
        each.anything or each.section == name for each in misplaced
    )


def _section(where: str) -> str:
    """The section that a key path lies in."""
    return where.removeprefix(f"{NAMESPACE}:").split(".", 1)[0].split("[", 1)[0]


def as_error(mistakes: Collection[MetalLBError], source: str) -> ConfigError:
    """The mistakes of a file as one error, with a line for each."""
    return ConfigError(
        where=source,
        rule=f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''} in the stack file",
        mistakes=[_in_file(mistake, source) for mistake in mistakes],
    )


def _section_mistakes(
    error: ValidationError, known: Mapping[str, Any], secret_sections: Collection[str]
) -> list[MetalLBError]:
    """Mistakes of every section; a section marked secret is told without its values."""
    found: list[MetalLBError] = []
    for mistake in mistakes_of(error, known, StackConfig, prefix=""):
        shown = ("", NOTHING, "a mapping")
        hidden = _section(mistake.where) in secret_sections and mistake.seen not in shown
        hidden = hidden and not isinstance(mistake, SealedValue)
        found.append(
            type(mistake)(
                where=f"{NAMESPACE}:{mistake.where}",
                seen="(in a section with secrets, not shown)" if hidden else mistake.seen,
                rule=mistake.rule,
                remedy=mistake.remedy,
            )
        )
    return found


def _unknown_sections(sections: Mapping[str, Any]) -> list[Misplaced]:
    known = section_names()
    found = []
    for key in sections:
        if key in known:
            continue
        head, sign, inner = re.split(r"([.[])", f"{key}.", maxsplit=1)
        near = get_close_matches(key, known, n=1, cutoff=0.5)
        if inner and head in known:
            near = [head]
            remedy = f"write what is behind the {sign!r} below {NAMESPACE}:{head}; that is what "
            remedy += "--path does for `pulumi config set`"
        elif near:
            remedy = f"did you mean '{NAMESPACE}:{near[0]}'?"
        else:
            remedy = "known: " + ", ".join(f"{NAMESPACE}:{name}" for name in known)
        found.append(
            Misplaced(
                where=f"{NAMESPACE}:{key}",
                rule="is not a key of the stack file",
                remedy=remedy,
                section=near[0] if near else "",
            )
        )
    return found


def _in_file(mistake: MetalLBError, source: str) -> MetalLBError:
    return MetalLBError(
        where=f"{source}: {mistake.where}",
        seen=mistake.seen,
        rule=mistake.rule,
        remedy=mistake.remedy,
        file=source if mistake.file_line else "",
        file_line=mistake.file_line,
    )
