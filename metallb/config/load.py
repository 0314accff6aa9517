"""The one way from raw values to a StackConfig."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from metallb.config.mistakes import NOTHING, SealedValue, mistakes_of
from metallb.config.references import reference_mistakes
from metallb.config.stack import StackConfig
from metallb.errors import ConfigError, MetalLBError

__all__ = [
    "NAMESPACE",
    "as_error",
    "section_names",
    "stack_config",
    "validated",
    "with_misspelt",
]

NAMESPACE = "metallb"
"""Config namespace, which is the Pulumi project's name."""


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
    sections: Mapping[str, Any], secret_sections: Collection[str]
) -> tuple[StackConfig | None, list[MetalLBError]]:
    """The stack, or None, and every mistake; one without the other says all there is."""
    mistakes = list(_unknown_sections(sections))
    known = {key: value for key, value in sections.items() if key in section_names()}
    stack: StackConfig | None = None
    try:
        stack = StackConfig.model_validate(known)
    except ValidationError as error:
        mistakes += _section_mistakes(error, known, secret_sections)
    if stack is not None:
        mistakes += reference_mistakes(stack)
    return stack, mistakes


def with_misspelt(
    misspelt: Collection[MetalLBError],
    sections: Mapping[str, Any],
    secret_sections: Collection[str],
) -> list[MetalLBError]:
    """Keys that nothing reads, and beside them the mistakes of the sections that are spelled right.

    A section that is missing because its key is misspelt is not told a second time.
    """
    _, mistakes = validated(sections, secret_sections)
    return [
        *misspelt,
        *(
            mistake
            for mistake in mistakes
            if not isinstance(mistake, SealedValue)
            and not (mistake.seen == NOTHING and _may_be_there(mistake.where, misspelt))
        ),
    ]


def _may_be_there(where: str, misspelt: Iterable[MetalLBError]) -> bool:
    """Whether this is a section, and a misspelt key is what it was to be."""
    return where.removeprefix(f"{NAMESPACE}:") in section_names() and any(
        f"'{where}'" in each.remedy or "did you mean" not in each.remedy for each in misspelt
    )


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
        section = mistake.where.split(".", 1)[0].split("[", 1)[0]
        hidden = section in secret_sections and mistake.seen not in ("", NOTHING, "a mapping")
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


def _unknown_sections(sections: Mapping[str, Any]) -> list[MetalLBError]:
    known = section_names()
    found = []
    for key in sections:
        if key in known:
            continue
        near = get_close_matches(key, known, n=1, cutoff=0.5)
        found.append(
            MetalLBError(
                where=f"{NAMESPACE}:{key}",
                rule="is not a key of the stack file",
                remedy=(
                    f"did you mean '{NAMESPACE}:{near[0]}'?"
                    if near
                    else "known: " + ", ".join(f"{NAMESPACE}:{name}" for name in known)
                ),
            )
        )
    return found


def _in_file(mistake: MetalLBError, source: str) -> MetalLBError:
    return MetalLBError(
        where=f"{source}: {mistake.where}",
        seen=mistake.seen,
        rule=mistake.rule,
        remedy=mistake.remedy,
    )
