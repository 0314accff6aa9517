"""`check`: what would fail or silently do nothing, without engine, cluster or network."""

import argparse
import dataclasses
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from glob import glob
from pathlib import Path

from metallb.actions import fix
from metallb.command_line.common import note
from metallb.command_line.options import unused
from metallb.importing import (
    NOTHING,
    FileFormat,
    LokomotiveLines,
    Reading,
    assumed_mode,
    assumed_release,
    imported_stack,
    lokomotive_file,
    read_foreign,
    read_lokomotive,
    release_note,
    sources_of,
)
from metallb.loading.stack import LoadedStack, load_file
from metallb.preflight import (
    UNNAMED_CLUSTER,
    check_facts,
    check_routing,
    check_stack,
    rule_by_id,
    rules,
)
from metallb.preflight.documentation import rules_markdown
from metallb.preflight.places import ConfigMapPlaces, ManifestPlaces
from metallb.problems.codes import CODES, REDIRECTED, Code
from metallb.problems.documents import as_format
from metallb.problems.errors import ConfigError, MetalLBError, SnapshotError, UsageError
from metallb.problems.escape import one_line, quoted
from metallb.problems.problem import Position, Problem, Severity, spelled
from metallb.problems.text import PLAIN, style_of
from metallb.releases import DEFAULT_RELEASE, BgpMode, Release
from metallb.stackfile.paths import is_there, stack_path
from metallb.stackfile.standard_input import STANDARD_INPUT, spooled_name

__all__ = ["check_reading", "document", "problems_of", "run"]

_CHANGES = 3
_OF_STACK_FILES, _OF_OTHER_FILES = "A5", "A17"
"""Rules about host bits in a block."""


def run(args: argparse.Namespace) -> int:
    """Check every target and print the findings."""
    _refuse_unused(args)
    if args.rules:
        print(rules_markdown(), end="")
        return 0
    if args.explain:
        return _explain(args.explain)
    if not args.targets:
        raise ConfigError("check needs a stack or a file", code="E202", help="metallb check STACK")
    targets = list(_targets(args.targets))
    if args.fix:
        changed = [each for target in targets for each in fix.fixed(target, write=not args.diff)]
        if args.diff:
            args.shown = True
            print("\n".join(changed) or "nothing to correct")
            return _CHANGES if changed else 0
    found = [problem for target in targets for problem in problems_of(target, args)]
    args.shown = True
    text = as_format(found, args.format, _described(), style_of(sys.stdout))
    if text:
        print(text)
    errors = sum(problem.is_error for problem in found)
    warnings = len(found) - errors
    note(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return 2 if errors or (args.strict and warnings) else 0


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
    given = [name for name in (*_OF_FOREIGN, "snapshot", "strict", "fix") if getattr(args, name)]
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
    wanted = args.format in ("json", "sarif") and not (args.rules or args.explain)
    if wanted and not args.shown and isinstance(error, MetalLBError):
        print(as_format(error.problems, args.format, _described(), PLAIN))


def _described() -> Iterator[Code]:
    return (each.described for each in rules())


def problems_of(target: str, args: argparse.Namespace) -> list[Problem]:
    """Every problem of one target, with file, line and column where they are known."""
    return [_renamed(each) for each in _problems_of(target, args)]


def _renamed(problem: Problem) -> Problem:
    """A problem of standard input under that name, and not that of the copy that was read."""
    copy = spooled_name()
    if not copy:
        return problem
    at = problem.position
    return dataclasses.replace(
        problem,
        summary=problem.summary.replace(copy, STANDARD_INPUT),
        location=tuple(
            each.replace(copy, STANDARD_INPUT) if isinstance(each, str) else each
            for each in problem.location
        ),
        position=at and dataclasses.replace(at, file=at.file.replace(copy, STANDARD_INPUT)),
    )


def _problems_of(target: str, args: argparse.Namespace) -> list[Problem]:
    path = Path(target)
    try:
        if target == "-" or not is_there(path):
            path = stack_path(target)
        loaded = load_file(path)
        with loaded.locations.errors():
            sources = sources_of([path])
    except ConfigError as error:
        return list(error.problems)
    ((_, form),) = sources.forms
    _refuse_unused_of(target, form, args)
    if form in (FileFormat.STACK, FileFormat.UNKNOWN):
        # An empty file gets the problems of a stack file without its keys.
        return _of_stack(loaded, args.snapshot)
    found = _of_lokomotive(sources.lokomotive, args.release) if sources.lokomotive else []
    others = _of_objects(path, loaded.source, args) if sources.others else []
    if sources.only_by_chance:
        others = [each for each in others if each.code != NOTHING]
    return [*found, *others]


def _of_objects(path: Path, source: str, args: argparse.Namespace) -> list[Problem]:
    try:
        reading = read_foreign(path)
    except ConfigError as error:
        return [_at(each, str(path)) for each in error.problems]
    for each in reading.passed_over:
        _note(f"passed over: {each}")
    for where, _ in reading.not_read:
        _note(f"not checked: {spelled(where)}")
    if not args.release:
        for each in release_note(reading):
            _note(f"{source}: {each}")
    if not args.mode:
        release = args.release or assumed_release(reading)
        _note(f"{source}: {assumed_mode(reading, release).note()}")
    found = check_reading(
        reading,
        release=args.release,
        mode=BgpMode(args.mode) if args.mode else None,
        max_prefixes=args.max_prefixes,
        ecmp_limit=args.ecmp_limit,
    )
    return _in_order(map(reading.placed, found))


def check_reading(
    reading: Reading,
    *,
    release: Release | None = None,
    mode: BgpMode | None = None,
    max_prefixes: int | None = None,
    ecmp_limit: int | None = None,
) -> tuple[Problem, ...]:
    """Every problem of a configuration that no stack file made."""
    in_configmap = reading.format is FileFormat.CONFIGMAP
    release = release or assumed_release(reading)
    return check_routing(
        reading.routing,
        release=release,
        mode=mode or assumed_mode(reading, release).mode,
        places=ConfigMapPlaces() if in_configmap else ManifestPlaces(),
        foreign=reading.foreign,
        max_prefixes=max_prefixes,
        ecmp_limit=ecmp_limit,
    )


def _of_stack(loaded: LoadedStack, answers_file: Path | None) -> list[Problem]:
    try:
        found, stack = list(loaded.findings), loaded.readable
    except ConfigError as error:
        return list(error.problems)
    if stack is None:
        why = "rules need values that are encrypted here; `python -m metallb up` decrypts them"
        _note(f"{loaded.source}: only its form was checked: {why}")
        return _in_order(found)
    try:
        # The file beside the stack may be missing; one that --snapshot names may not.
        recorded = loaded.recorded(answers_file)
    except (SnapshotError, ConfigError) as error:
        found += error.problems
    else:
        if recorded is not None:
            of_answers = check_facts(stack, recorded)
            found += map(loaded.locations.in_file, of_answers)
    return _in_order(found)


def _of_lokomotive(paths: tuple[Path, ...], release: Release | None) -> list[Problem]:
    """Lokomotive's block says pools and workloads; what it would become is checked."""
    path = lokomotive_file(paths)
    try:
        read = read_lokomotive(*paths, version=str(release or DEFAULT_RELEASE))
        stack = imported_stack(read.sections, source=str(path))
    except ConfigError as error:
        found = [_at(each, str(path)) for each in error.problems]
    else:
        # The block has no place for a cluster; the stack file that `import` makes of it has.
        found = [each for each in check_stack(stack) if each.code != UNNAMED_CLUSTER]
        found = [_widened(each) if each.code == _OF_STACK_FILES else each for each in found]
    lines = LokomotiveLines(path)
    return [each if _has_line(each) else lines.placed(each) for each in found]


def _has_line(problem: Problem) -> bool:
    return problem.position is not None and problem.position.line > 0


def _note(text: str) -> None:
    note(f"note: {one_line(text)}")


def _widened(problem: Problem) -> Problem:
    """Host bits in a file that MetalLB would read, which `import` corrects."""
    return dataclasses.replace(problem, code=_OF_OTHER_FILES, severity=Severity.WARNING)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of the file; what has no line keeps its order."""
    return sorted(problems, key=_order)


def _order(problem: Problem) -> tuple[str, int]:
    return (problem.position.file, problem.position.line) if problem.position else ("", 0)


def _at(problem: Problem, source: str) -> Problem:
    """The problem of a file; without a place in it, the file as a whole is wrong."""
    return problem if problem.position else problem.at(Position(source))


def _explain(code: str) -> int:
    """Print what a code means; one that was redirected, what took its place."""
    code = code.strip().upper()
    rule = rule_by_id(code)
    found = [rule.described] if rule is not None else []
    found = found or [CODES[each] for each in REDIRECTED.get(code, (code,)) if each in CODES]
    if not found:
        near = get_close_matches(code, (*(each.id for each in rules()), *CODES, *REDIRECTED))
        listed = "`python -m metallb check --rules` lists the rules"
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
