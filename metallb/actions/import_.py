"""`import`: a stack file from a ConfigMap, custom resources or a Lokomotive configuration."""

import argparse
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from metallb.actions.check import check_reading
from metallb.command_line.options import unused
from metallb.importing import (
    FileFormat,
    Imported,
    Reading,
    assumed_mode,
    assumed_release,
    fits,
    imported_stack,
    lost_or_changed,
    read_foreign,
    read_lokomotive,
    sniff,
    stack_document,
    stack_text,
    taken,
)
from metallb.loading.current_context import with_current_context
from metallb.platforms.registry import lokomotive_platform
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError, MetalLBError
from metallb.problems.escape import one_line, visible
from metallb.problems.problem import Problem
from metallb.problems.text import problems_text
from metallb.releases import DEFAULT_RELEASE, BgpMode
from metallb.routing import RoutingConfig
from metallb.routing.modes import MODE_SINCE
from metallb.stackfile import StackConfig
from metallb.stackfile.paths import is_there, stack_name
from metallb.writing.files import write_file

__all__ = ["run"]


def run(args: argparse.Namespace) -> int:
    """Write the stack file; say on standard error what a person has to do with it."""
    if args.force and args.output is None:
        raise unused("--force", "without -o", detail="Standard output overwrites no file")
    if args.output is not None and is_there(args.output) and not args.force:
        folder = args.output.is_dir()
        raise ConfigError(
            f"{args.output} is a folder" if folder else f"{args.output} exists",
            code="E204",
            help="choose another name" if folder else "choose another name, or use --force",
        )
    form = sniff(args.file)
    if form is FileFormat.STACK:
        raise ConfigError(
            f"{args.file} is a stack file already",
            code="E113",
            help=f"use it as it is: `metallb check {args.file}`",
        )
    if form is FileFormat.UNKNOWN:
        raise ConfigError(
            f"{args.file} is in none of the formats that import reads",
            code="E113",
            detail="They are MetalLB's ConfigMap, its custom resources, values of its chart up to"
            " 0.12, and Lokomotive configurations",
            help="name the file or folder with them",
        )
    imported = _lokomotive(args) if form is FileFormat.LOKOMOTIVE else _foreign(args)
    # Before anything is written: it may hold what came from the command line, such as a host name.
    stack = imported_stack(imported.sections, source=str(args.output or "the stack file"))
    text = stack_text(imported.sections, comments=_head(args.file, imported))
    if args.output is None:
        print(text, end="")
    else:
        # A stack file is a person's from the moment it is there, so none is known as ours.
        write_file(args.output, text, ours=lambda _: False, force=args.force)
    _advise(imported, stack, args.output)
    return 0


def _lokomotive(args: argparse.Namespace) -> Imported:
    if args.mode is not None:
        raise unused(
            "--mode",
            f"for Lokomotive configuration {args.file}",
            detail="Lokomotive ran MetalLB in native mode",
            help="leave it out, and set metallb:install.bgpMode afterwards",
        )
    version = args.release or DEFAULT_RELEASE
    read = read_lokomotive(
        args.file,
        version=str(version),
        nodes=tuple(args.node),
        project=args.project,
        metro=args.metro,
    ).corrected()
    imported_stack(read.sections, source=str(args.file))
    return Imported(sections=read.sections, notes=read.notes)


def _foreign(args: argparse.Namespace) -> Imported:
    reading = read_foreign(args.file)
    try:
        return _made_of(reading, args)
    except ConfigError as error:
        placed = [reading.placed(each) for each in error.problems]
        raise ConfigError.of(placed, error.problem.summary) from error


def _made_of(reading: Reading, args: argparse.Namespace) -> Imported:
    finds_nodes = reading.foreign.fork_key and not reading.routing.peers
    for option in ("node", "project", "metro"):
        if getattr(args, option) and not finds_nodes:
            raise unused(
                f"--{option}",
                f"for {args.file}",
                detail="It is for a configuration that leaves its nodes to Lokomotive or to a "
                "provider, and this one does not",
            )
    release = args.release or assumed_release(reading.format)
    assumed = assumed_mode(reading, release)
    refused = _today(args, reading)
    part = taken(reading, release, str(args.file))
    platform: Mapping[str, Any] | None = None
    for each in reading.passed_over:
        print(f"note: passed over: {one_line(each)}", file=sys.stderr)
    notes = [f"not read: {each}" for each in part.not_read]
    if finds_nodes:
        platform, more = lokomotive_platform().of_lokomotive(
            {}, nodes=tuple(args.node), project=args.project, metro=args.metro
        )
        notes += ["peer-autodiscovery is a fork's: the stack file names the nodes instead", *more]

    try:
        imported = stack_document(
            part.routing,
            release=release,
            mode=BgpMode(args.mode) if args.mode else assumed.mode,
            source=str(args.file),
            labels=reading.foreign.pool_labels,
            namespace=_namespace(reading),
            platform=platform,
            from_resources=reading.format is FileFormat.RESOURCES,
        )
        if platform is None:
            _same_meaning(part.routing, reading, imported, args.file)
    except ConfigError as error:
        if refused and all(_of_stack_file(each) for each in error.problems):
            raise _refused_today(args.file) from error
        raise
    mode_note = [] if args.mode else [assumed.note()]
    return replace(imported, notes=(*mode_note, *imported.notes, *notes))


def _today(args: argparse.Namespace, reading: Reading) -> bool:
    """Say what is wrong with the file as it stands; whether MetalLB refuses it.

    It is judged by the release that was given, if that one reads its format.
    """
    given = args.release
    release = given if given and fits(given, reading.format) else assumed_release(reading.format)
    has_mode = args.mode and MODE_SINCE[BgpMode(args.mode)] <= release
    mode = BgpMode(args.mode) if has_mode else assumed_mode(reading, release).mode
    found = [reading.placed(each) for each in check_reading(reading, release=release, mode=mode)]
    for problem in found:
        print(f"today: {problems_text([problem])}", file=sys.stderr)
    return any(problem.is_error for problem in found)


def _of_stack_file(problem: Problem) -> bool:
    """Whether a problem is about the stack file that would be written."""
    return str(*problem.location[:1]).startswith("metallb:")


def _refused_today(source: Path) -> ConfigError:
    return ConfigError(
        f"{source} holds values that MetalLB refuses",
        code="E116",
        detail="A stack file can't have them either.",
        help="correct the errors in the lines that begin with `today:`, then import it",
    )


def _namespace(reading: Reading) -> str:
    return next((name for name in reading.foreign.namespaces.values() if name), "metallb-system")


def _same_meaning(
    routing: RoutingConfig, reading: Reading, imported: Imported, source: Path
) -> None:
    """Render the stack file back and compare it with what was read.

    :raises MetalLBError: it does not mean the same; nothing is written then.
    """
    labels = reading.foreign.pool_labels
    found = lost_or_changed(routing, imported, labels=labels, source=str(source))
    if found:
        raise MetalLBError(
            f"the stack file would not mean the same as {source}: {'; '.join(found[:5])}",
            code="E116",
            detail="What a stack file renders is compared with what was imported.",
            help="write the stack file by hand, starting from a template in stacks/",
        )


def _head(source: Path, imported: Imported) -> list[str]:
    lines = [f"Imported from {source.name}.", ""]
    lines += [f"- {note}" for note in imported.notes]
    lines += [f"- set the password {path}" for path, _ in (*imported.passwords, *imported.secrets)]
    return [*lines, ""] if len(lines) > 2 else lines[:1]


def _advise(imported: Imported, stack: StackConfig, written: Path | None) -> None:
    for note in imported.notes:
        print(f"note: {one_line(note)}", file=sys.stderr)
    # Without it the key would go to the stack that is selected, whichever that is.
    name = stack_name(written) if written else "STACK"
    for path, _ in imported.passwords:
        print(_set_secret(path, name), file=sys.stderr)
    for path, secret in imported.secrets:
        what = f"the MD5 key that Secret {one_line(secret)} holds in the cluster"
        print(f"{_set_secret(path, name)}  # {what}", file=sys.stderr)
    for problem in with_current_context(check_stack(stack)):
        print(f"then: {problems_text([problem])}", file=sys.stderr)


def _set_secret(path: str, name: str) -> str:
    path = shlex.quote(path) if "'" in path else f"'{path}'"
    shown = f"next: pulumi config set --secret --path {path} --stack {shlex.quote(name)}"
    return visible(shown)
