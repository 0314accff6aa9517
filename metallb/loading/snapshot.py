"""The snapshot: recorded facts of a platform, in a file beside the stack file.

A snapshot is a dump of the platform's facts with a version. It holds no key. Files of former
releases (`demo.answers.yaml`), in a spelling of their platform's own, are still read.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from metallb.command_line.options import unused
from metallb.platforms.base import Platform
from metallb.platforms.facts import PlatformFacts
from metallb.problems.errors import SnapshotError
from metallb.problems.problem import Location, Problem
from metallb.stackfile.files import read_text
from metallb.stackfile.form_codes import problem_of_form
from metallb.stackfile.paths import is_there
from metallb.stackfile.stack import StackConfig
from metallb.stackfile.yaml_documents import parse_yaml
from metallb.yaml_text.writer import yaml_text

__all__ = [
    "facts_path",
    "is_snapshot",
    "read_facts",
    "refuse_unneeded",
    "snapshot_path",
    "snapshot_text",
]

VERSION = 2
"""Version of the form; the first one had none, and was called answers."""
_NAME = "the snapshot"
_VERSION, _KIND = "version", "kind"
_HEADER = "# Facts of the platform about this stack's nodes and blocks. Made by a command:\n"
_FORMER_HEADER = (
    "# What the platform says about this stack's devices and blocks. Made by a command:\n"
)


def snapshot_path(stack_file: Path) -> Path:
    """The file that belongs to a stack file: Pulumi.demo.yaml has demo.snapshot.yaml."""
    return _beside(stack_file, "snapshot")


def facts_path(stack_file: Path) -> Path:
    """The file to read: the snapshot, or the answers file of a former release where it alone is
    there."""
    former = _beside(stack_file, "answers")
    own = snapshot_path(stack_file)
    return former if is_there(former) and not is_there(own) else own


def _beside(stack_file: Path, what: str) -> Path:
    stem = stack_file.name.removeprefix("Pulumi.").removesuffix(".yaml").removesuffix(".yml")
    return stack_file.with_name(f"{stem}.{what}.yaml")


def snapshot_text(platform: Platform, facts: PlatformFacts, command: str) -> str:
    """The text of a snapshot, the same bytes for the same facts.

    :param command: the command that makes it.
    """
    plain = _filled(facts.model_dump(by_alias=True, mode="json", exclude_none=True))
    return f"{_HEADER}# {command}\n" + yaml_text({_VERSION: VERSION, _KIND: platform.kind, **plain})


def is_snapshot(text: str) -> bool:
    """Whether a file that begins like this was made by the command, by a former release also."""
    return text.startswith((_HEADER, _FORMER_HEADER))


def _filled(value: Any) -> Any:
    """A value without the texts and lists in it that are empty: facts that are not there."""
    if isinstance(value, Mapping):
        found = {key: _filled(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each not in ("", [])}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def read_facts(path: Path, stack: StackConfig) -> PlatformFacts:
    """The facts of a file, checked to hold everything that the stack needs. Nodes of which no peer
    can be made are left to the rules.

    :raises SnapshotError: no such file, not of its form, or a fact is missing.
    """
    platform = stack.platform
    if not platform.looks_up:
        return PlatformFacts()
    if not is_there(path):
        needed = ", ".join(platform.missing_facts(platform.facts_type()))
        raise SnapshotError(
            f"no snapshot {path}",
            code="E401",
            detail=f"Without an account, the platform's facts come from it: {needed}.",
            help="run `metallb snapshot STACK`",
        )
    raw: Any = parse_yaml(read_text(path), where=str(path))
    raw = {} if raw is None else raw
    if isinstance(raw, Mapping) and _VERSION in raw:
        facts = _facts(platform, raw, path)
    else:
        facts = platform.facts_of_answers(raw, path)
    missing = platform.missing_facts(facts)
    if missing:
        raise SnapshotError(
            f"no facts of {', '.join(missing)}",
            detail=f"The file has facts of {platform.facts_needed}.",
            help="run `metallb snapshot STACK` again, or add them",
        )
    return facts


def _facts(platform: Platform, raw: Mapping[str, Any], path: Path) -> PlatformFacts:
    """The facts of a snapshot of this form."""
    for key, expected, help in (
        (_VERSION, VERSION, "run `metallb snapshot STACK` again"),
        (_KIND, platform.kind, "run `metallb snapshot STACK` again"),
    ):
        if raw.get(key) != expected:
            summary = f"the {key} of the snapshot is {raw.get(key)!r}, not {expected!r}"
            raise _mistakes([problem_of_form(summary, (key,), help=help)], path)
    body = {key: value for key, value in raw.items() if key not in (_VERSION, _KIND)}
    try:
        facts = platform.facts_type.model_validate(body, by_alias=True, by_name=False)
    except ValidationError as error:
        from metallb.stackfile.mistakes import problems_of_form

        found = problems_of_form(error, body, platform.facts_type, file=_NAME)
        raise _mistakes(list(found), path) from None
    unknown = list(_unknown(body, facts.model_dump(by_alias=True, mode="json"), ()))
    if unknown:
        raise _mistakes(unknown, path)
    return facts


def _mistakes(problems: list[Problem], path: Path) -> SnapshotError:
    count = f"{len(problems)} mistake{'s'[: len(problems) != 1]}"
    return SnapshotError.of(problems, f"{count} in {path}")


def _unknown(raw: Any, known: Any, at: Location) -> Iterator[Problem]:
    """Keys that no fact has; nothing would read them."""
    if isinstance(raw, Mapping) and isinstance(known, Mapping):
        for key, value in raw.items():
            if key not in known:
                yield problem_of_form(
                    f"{key} is not a key of {_NAME}",
                    (*at, str(key)),
                    code="E102",
                    help=f"the keys here are: {', '.join(map(str, known))}",
                )
            else:
                yield from _unknown(value, known[key], (*at, str(key)))
    elif isinstance(raw, list) and isinstance(known, list):
        for index, (value, fact) in enumerate(zip(raw, known, strict=False)):
            yield from _unknown(value, fact, (*at, index))


def refuse_unneeded(stack: StackConfig, option: str) -> None:
    """Refuse a file of facts for a platform that needs none.

    :raises UsageError: the stack has such a platform.
    """
    if not stack.platform.looks_up:
        raise unused(
            option,
            f"for a stack of kind {stack.platform.kind}",
            detail="The platform needs no recorded facts",
        )
