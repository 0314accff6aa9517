"""A stack file whose values are partly encrypted, for rules that run before the engine does.

Form is checked wherever it can be read. Rules compare values with each other, so they run where all
of those that they look at are readable, and are left to the engine's run otherwise.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.models.encrypted import Encrypted
from metallb.stackfile.files import StackFile
from metallb.stackfile.form_codes import ENCRYPTED
from metallb.stackfile.load import error_of, validated
from metallb.stackfile.stack import StackConfig

__all__ = ["silenced_ids", "stack_for_rules"]

_SECRETS = frozenset(("password", "memberlistSecret"))
_OF_PLATFORM = frozenset(("projectId", "metro", "facility", "description", "tags", "adoptTag"))
"""Keys of a platform that no rule looks at."""
_PROJECT = "projectId"
_ANY_PROJECT = "6d1b8a3e-0000-4000-8000-000000000001"


def stack_for_rules(file: StackFile, source: str) -> StackConfig | None:
    """The stack as far as rules need it; None where they need what is encrypted.

    Not for calls to a platform: an encrypted project has another id here.

    :raises ConfigError: with every mistake in what can be read.
    """
    stack, problems = validated(_with_a_project(file.sections), file.secret_sections)
    real = [problem for problem in problems if problem.code != ENCRYPTED]
    if real:
        raise error_of(real, source)
    if problems or not all(_is_passed_over(path) for path in _sealed(file.sections, ())):
        return None
    return stack


def silenced_ids(file: StackFile) -> frozenset[str]:
    """Ids of silenced warnings, as far as they can be read in a file that makes no stack here."""
    match file.sections.get("preflight"):
        case {"ignore": [*entries]}:
            return frozenset(str(each["id"]) for each in entries if isinstance(each, dict))
    return frozenset()


def _with_a_project(sections: Mapping[str, Any]) -> Mapping[str, Any]:
    """With some project's id in place of an encrypted one: its form is checked, and no more."""
    platform = sections.get("platform")
    if not isinstance(platform, Mapping):
        return sections
    if not isinstance(platform.get(_PROJECT), Encrypted):
        return sections
    return {**sections, "platform": {**platform, _PROJECT: _ANY_PROJECT}}


def _sealed(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Where encrypted values stand, by the keys that lead to them."""
    if isinstance(value, Encrypted):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _sealed(item, (*path, str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from _sealed(item, path)


def _is_passed_over(path: tuple[str, ...]) -> bool:
    """Whether no rule looks at the value itself; those about MD5 keys know a sealed one."""
    match path:
        case (*_, key) if key in _SECRETS:
            return True
        case ("kubernetes", *_):
            return True
        case ("install", *_, key):
            return key != "enabled"
        case ("platform", *inner):
            return bool(_OF_PLATFORM & set(inner))
    return False
