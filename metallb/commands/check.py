"""`check`: what would fail or silently do nothing, without engine, cluster or network."""

import argparse
import dataclasses
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from metallb.answers import answers_path, read_answers, refuse_unasked
from metallb.command_line import unused, whole_number
from metallb.config import StackConfig, stack_config
from metallb.config.files import read_stack_file
from metallb.config.paths import STACK_HELP, is_there, stack_path
from metallb.config.sealed import silenced_ids, stack_for_rules
from metallb.current_context import with_current_context
from metallb.errors import AnswersError, ConfigError, MetalLBError
from metallb.importing import (
    FileFormat,
    Lines,
    Reading,
    assumed_mode,
    assumed_release,
    lokomotive_line,
    read_foreign,
    read_lokomotive,
    sniff,
)
from metallb.preflight import (
    UNNAMED_CLUSTER,
    Finding,
    Severity,
    check_answers,
    check_clear_texts,
    check_routing,
    check_stack,
    rule_by_id,
    rules,
)
from metallb.preflight.case import Foreign
from metallb.preflight.documentation import rules_markdown
from metallb.preflight.places import ConfigMapPlaces, ManifestPlaces
from metallb.preflight.report import FORM, FORMATS, report
from metallb.releases import DEFAULT_RELEASE, BgpMode, Release, parse_release

__all__ = ["add", "check_reading", "findings_of", "run"]

_OF_STACK_FILES, _OF_OTHER_FILES = "A5", "A17"
"""Rules about host bits in a block."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check",
        help="tell what would fail or silently do nothing, without engine, cluster or network",
        description="Checks a stack, or a MetalLB configuration that somebody else made: a "
        "ConfigMap of 0.12 and before, or a file or folder of custom resources. Exit code 2 where "
        "there is an error (with --strict: or a warning). docs/rules.md describes every rule.",
    )
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="STACK|FILE",
        help=f"{STACK_HELP}; or file or folder of another configuration",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to tell (text)")
    parser.add_argument("--strict", action="store_true", help="exit with 2 for a warning as well")
    parser.add_argument(
        "--answers", type=Path, help="answers file, if not the one beside the stack"
    )
    parser.add_argument("--explain", metavar="ID", help="print what is known of a rule, and stop")
    parser.add_argument("--rules", action="store_true", help="print docs/rules.md, and stop")
    group = parser.add_argument_group("for configurations that are no stack file")
    group.add_argument("--release", type=_release, help="MetalLB version that will read it")
    group.add_argument("--mode", choices=[str(mode) for mode in BgpMode], help="BGP mode")
    group.add_argument(
        "--max-prefixes", type=whole_number, help="prefixes a router takes from a session"
    )
    group.add_argument(
        "--ecmp-limit", type=whole_number, help="next hops a router spreads an address over"
    )
    parser.set_defaults(run=run, told=False, tell=_tell)


def run(args: argparse.Namespace) -> int:
    """Check every target and print the findings."""
    _refuse_unused(args)
    if args.rules:
        print(rules_markdown(), end="")
        return 0
    if args.explain:
        return _explain(args.explain)
    if not args.targets:
        raise ConfigError(
            where="check", seen="nothing", rule="needs a stack or a file", remedy="name one"
        )
    found = [finding for target in args.targets for finding in findings_of(target, args)]
    args.told = True
    text = report(found, args.format)
    if text:
        print(text)
    errors = sum(finding.is_error for finding in found)
    warnings = len(found) - errors
    print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}", file=sys.stderr)
    return 2 if errors or (args.strict and warnings) else 0


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
    given = [name for name in (*_OF_FOREIGN, "answers", "strict") if getattr(args, name)]
    if args.format != "text":
        given.append("format")
    others = [f"--{name.replace('_', '-')}" for name in given]
    if args.rules and args.explain:
        others.insert(0, "--explain")
    if only and (args.targets or others):
        why = f"{only} prints what is known of rules and checks nothing"
        raise unused((*args.targets, *others)[0], seen=f"check {only}", why=why)
    if args.answers is not None and len(args.targets) > 1:
        raise unused(
            "--answers",
            seen=f"{len(args.targets)} targets",
            why="an answers file belongs to one stack",
            remedy="check the stacks one by one",
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
            seen=f"stack file {target}",
            why=f"a stack file says it itself, with {key}",
            remedy=f"leave it out, or set {key}",
        )
    if form is FileFormat.LOKOMOTIVE and foreign not in ([], ["release"]):
        name = next(name for name in foreign if name != "release").replace("_", "-")
        why = "Lokomotive's file is checked as the stack file that import makes of it"
        raise unused(f"--{name}", seen=f"Lokomotive configuration {target}", why=why)
    if args.answers is not None and form not in (FileFormat.STACK, FileFormat.UNKNOWN):
        why = "answers belong to a stack file, and this is none"
        raise unused("--answers", seen=target, why=why)


def _tell(args: argparse.Namespace, error: BaseException) -> None:
    """The document of a check that could not look: a consumer of nothing would see no finding.

    The formats have no place for an error but a finding, and an interruption is none.
    """
    asked = args.format in ("json", "sarif") and not (args.rules or args.explain)
    if asked and not args.told and isinstance(error, MetalLBError):
        print(report(list(_form_findings(error, Lines(), "")), args.format))


def findings_of(target: str, args: argparse.Namespace) -> list[Finding]:
    """Every finding about one target, with file and line where they are known."""
    path = Path(target)
    try:
        if not (is_there(path) and (path.is_dir() or path.is_file())):
            path = stack_path(target)
        form = sniff(path)
    except ConfigError as error:
        return list(_form_findings(error, Lines(), str(path)))
    _refuse_unused_of(target, form, args)
    if form in (FileFormat.STACK, FileFormat.UNKNOWN):
        # A file that is nothing yet is told what a stack file has to have.
        return _stack_findings(path, args.answers)
    if form is FileFormat.LOKOMOTIVE:
        return _lokomotive_findings(path, args.release)
    try:
        reading = read_foreign(path)
    except ConfigError as error:
        return list(_form_findings(error, Lines(), str(path)))
    for note in reading.passed_over:
        print(f"note: passed over: {note}", file=sys.stderr)
    for where, _ in reading.not_read:
        print(f"note: not checked: {where}", file=sys.stderr)
    if not args.mode:
        release = args.release or assumed_release(reading.format)
        print(f"note: {path}: {assumed_mode(reading, release).note()}", file=sys.stderr)
    found = check_reading(
        reading,
        release=args.release,
        mode=BgpMode(args.mode) if args.mode else None,
        max_prefixes=args.max_prefixes,
        ecmp_limit=args.ecmp_limit,
    )
    return _placed(found, reading.lines, "")


def check_reading(
    reading: Reading,
    *,
    release: Release | None = None,
    mode: BgpMode | None = None,
    max_prefixes: int | None = None,
    ecmp_limit: int | None = None,
) -> tuple[Finding, ...]:
    """Every finding about a configuration that no stack file made."""
    in_configmap = reading.format is FileFormat.CONFIGMAP
    release = release or assumed_release(reading.format)
    return check_routing(
        reading.routing,
        release=release,
        mode=mode or assumed_mode(reading, release).mode,
        places=ConfigMapPlaces() if in_configmap else ManifestPlaces(),
        foreign=Foreign(
            namespaces=reading.namespaces,
            pool_labels=reading.pool_labels,
            secrets=reading.secrets,
            made_secrets=reading.made_secrets,
            extras=reading.extras,
            frr_configuration=reading.frr_configuration,
            old_configmap=reading.old_configmap,
            repeated=reading.repeated,
            fork_key=reading.fork_key,
            strangers=reading.strangers,
            octal=reading.octal,
        ),
        max_prefixes=max_prefixes,
        ecmp_limit=ecmp_limit,
    )


def _stack_findings(path: Path, answers_file: Path | None) -> list[Finding]:
    lines = Lines()
    lines.add("", path, (0, "config"))
    try:
        source = read_stack_file(path)
        stack = stack_for_rules(source, str(path))
    except ConfigError as error:
        return list(_form_findings(error, lines, str(path)))
    if stack is None:
        told = "rules look at values that are encrypted here; `python -m metallb up` decrypts them"
        print(f"{path}: its form alone was checked: {told}", file=sys.stderr)
        clear = check_clear_texts(source.clear_texts, silenced=silenced_ids(source))
        return _placed(clear, lines, str(path))
    if answers_file is not None:
        refuse_unasked(stack, "--answers", answers_file)
    found = list(with_current_context(check_stack(stack, clear_texts=source.clear_texts)))
    recorded = answers_file or answers_path(path)
    # The file beside the stack may be missing; one that somebody named may not.
    if answers_file is not None or is_there(recorded):
        lines.add(str(recorded), recorded, (0,))
        found += _answer_findings(stack, recorded, lines)
    return _placed(found, lines, str(path))


def _answer_findings(stack: StackConfig, path: Path, lines: Lines) -> Iterator[Finding]:
    try:
        answers = read_answers(path, stack)
    except (AnswersError, ConfigError) as error:
        yield from _form_findings(error, lines, str(path))
    else:
        yield from check_answers(stack, answers)


def _lokomotive_findings(path: Path, release: Release | None) -> list[Finding]:
    """Lokomotive's block says pools and workloads; what it would become is checked."""
    try:
        read = read_lokomotive(path, version=str(release or DEFAULT_RELEASE))
        stack = stack_config(read.sections, source=str(path))
    except ConfigError as error:
        found = list(_form_findings(error, Lines(), str(path)))
    else:
        # The block has no place for a cluster; the stack file that `import` makes of it has.
        found = [each for each in check_stack(stack) if each.rule_id != UNNAMED_CLUSTER]
        found = [_widened(each) if each.rule_id == _OF_STACK_FILES else each for each in found]
    return [
        each
        if each.file_line
        else dataclasses.replace(each, file=str(path), file_line=lokomotive_line(path, each.where))
        for each in found
    ]


def _widened(finding: Finding) -> Finding:
    """Host bits in a file that MetalLB would read, which `import` corrects."""
    return dataclasses.replace(finding, rule_id=_OF_OTHER_FILES, severity=Severity.WARNING)


def _form_findings(error: MetalLBError, lines: Lines, source: str) -> Iterator[Finding]:
    for mistake in error.mistakes or (error,):
        file = mistake.file or source
        place: tuple[Path, int] | None = None
        if mistake.file or mistake.file_line:
            # Whoever made it has looked: no line means that there is none.
            place = (Path(file), mistake.file_line) if mistake.file_line else None
        elif source in lines.roots:
            place = lines.find(mistake.where)
        else:
            # Key paths of a stack file begin with `metallb:`, not with the file.
            place = lines.find(mistake.where.removeprefix(f"{source}: "))
        yield _at(_finding(FORM, mistake), place, file)


def _finding(rule_id: str, error: MetalLBError) -> Finding:
    return Finding(rule_id, Severity.ERROR, error.where, error.seen, error.rule, error.remedy)


def _placed(findings: Iterable[Finding], lines: Lines, source: str) -> list[Finding]:
    """With file and line, in the order of the file; what has no line keeps its place."""
    placed = [_at_line(finding, lines, source) for finding in findings]
    return sorted(placed, key=lambda finding: (finding.file, finding.file_line))


def _at_line(finding: Finding, lines: Lines, source: str) -> Finding:
    if finding.file:
        return finding
    return _at(finding, lines.find(finding.where), source)


def _at(finding: Finding, place: tuple[Path, int] | None, source: str) -> Finding:
    if place is None:
        where = finding.where.removeprefix(f"{source}: ")
        return dataclasses.replace(finding, where=where, file=source)
    file = str(place[0])
    where = finding.where.removeprefix(f"{file}: ")
    return dataclasses.replace(finding, where=where, file=file, file_line=place[1])


def _explain(rule_id: str) -> int:
    found = rule_by_id(rule_id)
    if found is None:
        raise ConfigError(
            where=f"--explain {rule_id}",
            rule="is the id of a rule",
            remedy=f"known: {', '.join(each.id for each in rules())}",
        )
    print(f"{found.id} ({found.severity}): {found.what}")
    print(f"Why: {found.why}\nRemedy: {found.remedy}\nSource: {found.source}")
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _release(text: str) -> Release:
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
