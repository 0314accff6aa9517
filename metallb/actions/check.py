"""`check`: what would fail or silently do nothing, without engine, cluster or network."""

import argparse
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from metallb.actions.verdict import in_order, noted, verdict
from metallb.command_line.options import unused
from metallb.command_line.standard_input import renamed
from metallb.importing.formats import FileFormat, sniff
from metallb.loading.stack import LoadedStack, load_file
from metallb.preflight import (
    check_facts,
    rule_by_id,
    rules,
)
from metallb.problems.codes import CODES, REDIRECTED, Code
from metallb.problems.documents import as_format
from metallb.problems.errors import ConfigError, MetalLBError, SnapshotError, UsageError
from metallb.problems.escape import quoted
from metallb.problems.problem import Problem
from metallb.problems.text import PLAIN
from metallb.stackfile.paths import is_there, stack_files, stack_path

if TYPE_CHECKING:
    from metallb.actions.check_foreign import ForeignFiles

__all__ = ["document", "problems_of", "run"]

_CHANGES = 3
_STACK_FILES = (FileFormat.STACK, FileFormat.UNKNOWN)
"""An empty file gets the problems of a stack file without its keys."""


def run(args: argparse.Namespace) -> int:
    """Check every target and print the findings."""
    _refuse_unused(args)
    if args.rules:
        from metallb.preflight.documentation import rules_markdown

        print(rules_markdown(), end="")
        return 0
    if args.explain:
        return _explain(args.explain)
    targets = list(_targets(args.targets)) if args.targets else _every_stack()
    if args.fix:
        from metallb.actions import fix

        changed = [each for target in targets for each in fix.fixed(target, write=not args.diff)]
        if args.diff:
            args.shown = True
            print("\n".join(changed) or "nothing to correct")
            return _CHANGES if changed else 0
    found = [problem for target in targets for problem in problems_of(target, args)]
    return verdict(found, args, _described())


def _every_stack() -> list[str]:
    """The stack files that there are.

    :raises ConfigError: there is none.
    """
    found = [str(path) for path in stack_files()]
    if not found:
        raise ConfigError(
            "there is no stack file to check",
            code="E202",
            detail="Without a target, check looks at every stack of stacks/ and of the current "
            "folder, or of that of --dir.",
            help="name a file or folder, or write a stack file: metallb new",
        )
    return found


def _targets(typed: Iterable[str]) -> Iterator[str]:
    """The targets, with the files of a pattern in its place, where no shell has expanded it.

    :raises UsageError: a pattern fits no file.
    """
    for each in typed:
        is_pattern = any(sign in each for sign in "*?[") and not is_there(Path(each))
        if is_pattern and not (files := sorted(glob(each, recursive=True))):  # noqa: PTH207 - it may be absolute
            raise UsageError(
                f"no file fits {quoted(each)}",
                code="E201",
                help="correct the pattern; ** stands for folders",
            )
        yield from files if is_pattern else (each,)


_OF_FOREIGN = {
    "release": "metallb:install.version",
    "mode": "metallb:install.bgpMode",
    "max_prefixes": "metallb:bgp.maxPrefixes",
    "ecmp_limit": "metallb:bgp.ecmpLimit",
}
"""Options for configurations that are no stack file, and the keys of a stack file that say it."""


def _refuse_unused(args: argparse.Namespace) -> None:
    """Refuse options that the others leave without a use.

    :raises UsageError: there is one.
    """
    only = "--rules" if args.rules else "--explain" if args.explain else ""
    more = ("var", "snapshot", "strict", "fix")
    given = [name for name in (*_OF_FOREIGN, *more) if getattr(args, name)]
    if args.format != "text":
        given.append("format")
    others = [f"--{name.replace('_', '-')}" for name in given]
    if args.rules and args.explain:
        others.insert(0, "--explain")
    if only and (args.targets or others):
        detail = f"{only} prints what is known of rules and checks nothing"
        raise unused((*args.targets, *others)[0], f"with {only}", detail=detail)
    if args.diff:
        if not args.fix:
            raise unused("--diff", "without --fix", detail="check itself changes nothing")
        if len(given) > 1:
            option = f"--{given[0].replace('_', '-')}"
            raise unused(
                option, "with --diff", detail="--diff shows corrections, and checks nothing"
            )
    if args.snapshot is not None and len(args.targets) > 1:
        raise unused(
            "--snapshot",
            f"with {len(args.targets)} targets",
            detail="A snapshot belongs to one stack",
            help="check the stacks one by one",
        )


def _refuse_unused_of(target: str, form: FileFormat, args: argparse.Namespace) -> None:
    """Refuse options that a target of this form has no use for.

    :raises UsageError: there is one.
    """
    foreign = [name for name in _OF_FOREIGN if getattr(args, name) is not None]
    if form is FileFormat.STACK and foreign:
        key = _OF_FOREIGN[foreign[0]]
        raise unused(
            f"--{foreign[0].replace('_', '-')}",
            f"for stack file {target}",
            detail=f"The stack file itself has it, in {key}",
            help=f"leave it out, or set {key}",
        )
    if args.var and form in _STACK_FILES:
        detail = "A stack file has no variables"
        raise unused("--var", f"for {target}", detail=detail)
    if form is FileFormat.LOKOMOTIVE and foreign not in ([], ["release"]):
        name = next(name for name in foreign if name != "release").replace("_", "-")
        detail = "Lokomotive's file is checked as the stack file that import makes of it"
        raise unused(f"--{name}", f"for Lokomotive configuration {target}", detail=detail)
    if args.snapshot is not None and form not in (FileFormat.STACK, FileFormat.UNKNOWN):
        detail = "Recorded a snapshot belongs to a stack file"
        raise unused("--snapshot", f"for {target}, which is no stack file", detail=detail)


def document(args: argparse.Namespace, error: BaseException) -> None:
    """The document of a check that ended with an error, so that its reader finds the error.

    The formats have no place for anything but problems, and an interruption is none.
    """
    wanted = args.format != "text" and not (args.rules or args.explain)
    if wanted and not args.shown and isinstance(error, MetalLBError):
        print(as_format(error.problems, args.format, _described(), PLAIN))


def _described() -> Iterator[Code]:
    for each in rules():
        yield each.described


def problems_of(target: str, args: argparse.Namespace) -> list[Problem]:
    """Every problem of one target, with file, line and column where they are known."""
    return [renamed(each) for each in _problems_of(target, args)]


def _problems_of(target: str, args: argparse.Namespace) -> list[Problem]:
    path = Path(target)
    try:
        if target == "-" or not is_there(path):
            path = stack_path(target)
        loaded = load_file(path)
        with loaded.locations.errors():
            form = sniff(path)
            foreign = None if form in _STACK_FILES else _foreign(path, form)
    except ConfigError as error:
        return list(error.problems)
    if foreign is None:
        _refuse_unused_of(target, form, args)
        return _of_stack(loaded, args.snapshot)
    _refuse_unused_of(target, foreign.form, args)
    return foreign.problems(loaded.source, args)


def _foreign(path: Path, form: FileFormat) -> "ForeignFiles":
    from metallb.actions.check_foreign import ForeignFiles

    return ForeignFiles.of(path, form)


def _of_stack(loaded: LoadedStack, answers_file: Path | None) -> list[Problem]:
    try:
        found, stack = list(loaded.findings), loaded.readable
    except ConfigError as error:
        return list(error.problems)
    if stack is None:
        why = "rules need values that are encrypted here; `metallb up` decrypts them"
        noted(f"{loaded.source}: only its form was checked: {why}")
        return in_order(found)
    try:
        # The file beside the stack may be missing; one that --snapshot names may not.
        recorded = loaded.recorded(answers_file)
    except (SnapshotError, ConfigError) as error:
        found += error.problems
    else:
        if recorded is not None:
            of_answers = check_facts(stack, recorded)
            found += map(loaded.locations.in_file, of_answers)
    return in_order(found)


def _explain(code: str) -> int:
    """Print what a code means; one that was redirected, what took its place."""
    code = code.strip().upper()
    rule = rule_by_id(code)
    found = [rule.described] if rule is not None else []
    found = found or [CODES[each] for each in REDIRECTED.get(code, (code,)) if each in CODES]
    if not found:
        near = get_close_matches(code, (*(each.id for each in rules()), *CODES, *REDIRECTED))
        listed = "`metallb check --rules` lists the rules"
        raise ConfigError(
            f"{quoted(code)} is not a code",
            help=f"did you mean {' or '.join(near)}? Otherwise {listed}" if near else listed,
        )
    print("\n\n".join(_explanation(each) for each in found))
    return 0


def _explanation(code: Code) -> str:
    parts = [f"{code.severity}[{code.id}]: {code.fault.rstrip('.')}", f"Rule: {code.requirement}"]
    parts += [f"Why: {code.why}"] if code.why else []
    return "\n".join([*parts, f"Help: {code.help}", f"Source: {code.source}"])
