"""`new`: from answers to a stack file that is checked before it is written."""

import argparse
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from metallb.command_line.common import note
from metallb.importing.validating import imported_stack
from metallb.importing.writing import stack_text
from metallb.platforms.base import NewOption, Platform
from metallb.platforms.registry import kinds
from metallb.preflight import check_stack, refuse
from metallb.problems.errors import ConfigError, UsageError
from metallb.problems.escape import quoted, visible
from metallb.problems.text import problems_text, style_of
from metallb.stackfile.json_schema import is_schema, schema_text
from metallb.stackfile.paths import is_there, stacks_folder
from metallb.writing.files import write_file

__all__ = ["run", "text_of", "write_schema"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_STANDARD_OUTPUT = "-"
_COMMENTS = {
    "metallb:install": "The release of MetalLB.",
    "metallb:bgp": "A TCP MD5 key: pulumi config set --secret --path 'metallb:bgp.password'",
    "metallb:addressPools": "Addresses for Services of type LoadBalancer, by pool.",
    "context": "The cluster, by its kubeconfig context; another machine may call it otherwise.",
}


def run(args: argparse.Namespace) -> int:
    """Ask for what no option gives, check, and write the file and its schema.

    :raises UsageError: something is missing and there is no terminal, or the file exists.
    """
    platform = _platform(args)
    name = args.name or _answer_to("name", "Name of the stack, one for each cluster", "")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{quoted(name)} can't be the name of a stack",
            detail="A name has letters, digits, `_`, `.` and `-`, and begins with one of the first "
            "two (Pulumi).",
            help="choose a name such as dc1",
        )
    target = None if args.output == _STANDARD_OUTPUT else _target(args, name)
    sections = platform.new_sections(_values(args, platform.new_options))
    context = args.context
    if not (context or args.platform) and _is_terminal():
        question = "kubeconfig context of the cluster, or nothing"
        context = _answer_to("--context", question, "", optional=True)
    if context:
        sections["kubernetes"] = {**sections.get("kubernetes", {}), "context": context}
    source = str(target or "the new stack file")
    stack = imported_stack(sections, source=source)
    findings = check_stack(stack)
    refuse(findings, source=source)
    text = text_of(sections, {**_COMMENTS, **platform.new_comments})
    if target is None:
        print(text, end="")
    else:
        write_file(target, text, ours=lambda _: False, force=args.force)
        print(visible(f"wrote {target}"))
        write_schema(target.parent / "schema.json")
    if findings:
        note(problems_text(findings, style_of(sys.stderr)))
    shown = shlex.quote(args.output or name)
    note(visible(f"next: metallb check {shown}, then metallb render {shown} -o build/{name}"))
    return 0


def text_of(sections: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """The text of a stack file, with a comment above the first line of each key that has one.

    :param sections: by their names without `metallb:`, in the order of the file.
    :param comments: by key, such as `racks` or `metallb:bgp`.
    """
    left, lines = dict(comments), []
    for line in stack_text(sections).splitlines():
        found = re.match(r"( *)(?:- )?\{?([A-Za-z:-]+):(?= |$)", line)
        if found and found[2] in left:
            lines.append(f"{found[1]}# {left.pop(found[2])}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _platform(args: argparse.Namespace) -> type[Platform]:
    """The platform of the new stack.

    :raises UsageError: there is none of this kind, or it has no questions.
    """
    known = {kind: each for kind, each in kinds().items() if each.new_options}
    listed = ", ".join(f"{kind} ({each.example})" for kind, each in known.items())
    kind = args.platform or _answer_to("--platform", f"Platform, one of: {listed}", "")
    if kind not in known:
        has = "has no questions to ask" if kind in kinds() else "is not installed"
        near = get_close_matches(kind, known, n=1)
        raise UsageError(
            f"platform {quoted(kind)} {has}",
            location=("--platform",),
            help=f"{f'did you mean {near[0]}? Otherwise ' if near else ''}give one of: {listed}",
        )
    return known[kind]


def _target(args: argparse.Namespace, name: str) -> Path:
    """The file to write.

    :raises ConfigError: it exists.
    """
    found = Path(args.output) if args.output else stacks_folder() / f"Pulumi.{name}.yaml"
    if is_there(found) and not args.force:
        raise ConfigError(
            f"{found} exists",
            code="E204",
            help="choose another name, or use --force",
        )
    return found


def _values(args: argparse.Namespace, options: Iterable[NewOption]) -> dict[str, tuple[str, ...]]:
    """The answers by option: those of the command line, and those that are typed.

    :raises UsageError: one is missing, and there is no terminal.
    """
    asks = _is_terminal()
    found: dict[str, tuple[str, ...]] = {}
    for each in options:
        given = getattr(args, each.name.replace("-", "_"), None)
        values = tuple(given if isinstance(given, list) else [given] if given else ())
        question = f"{each.help} ({each.metavar})"
        if not values and asks:
            values = _answers(each, question)
        if not values and each.default:
            values = (each.default,)
        if not values and not each.optional:
            raise _missing(f"--{each.name}", question)
        found[each.name] = values
    return found


def _answers(option: NewOption, question: str) -> tuple[str, ...]:
    """What is typed for an option: several lines for one that may be repeated."""
    first = _answer_to(f"--{option.name}", question, option.default, optional=option.optional)
    answers = [first] if first else []
    while option.repeated and answers and answers[-1]:
        answers.append(_answer_to("", "  another one, or nothing", "", optional=True))
    return tuple(filter(None, answers))


def _answer_to(option: str, question: str, default: str, *, optional: bool = False) -> str:
    """What is typed as the answer to a question; again until there is one.

    :raises UsageError: there is no terminal, or it is closed.
    """
    if not _is_terminal():
        raise _missing(option, question)
    shown = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        # On standard error: standard output may be the file.
        print(visible(shown), end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip() or default
        if answer or optional:
            return answer
        if not line:
            raise _missing(option, question)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _missing(option: str, question: str) -> UsageError:
    return UsageError(
        f"{option} is missing",
        location=(option,),
        code="E208",
        detail=f"{question[:1].upper()}{question[1:]}.",
        help="give it, or run the command on a terminal, where it asks",
    )


def write_schema(path: Path) -> None:
    """Write what the file's first line names, unless another file has its place."""
    try:
        write_file(path, schema_text(), ours=is_schema)
    except UsageError:
        note(visible(f"note: {path} is another file, and no schema for editors was written"))
