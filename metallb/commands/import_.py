"""`import`: a stack file from a ConfigMap, custom resources or a Lokomotive configuration."""

import argparse
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from metallb.command_line import unused
from metallb.commands.check import check_reading
from metallb.config import StackConfig, stack_config
from metallb.config.paths import is_there, stack_name
from metallb.config.yaml_documents import parse_yaml
from metallb.current_context import with_current_context
from metallb.errors import ConfigError, MetalLBError
from metallb.importing import (
    FileFormat,
    Imported,
    Reading,
    assumed_mode,
    assumed_release,
    differences,
    fits,
    metal_platform,
    read_foreign,
    read_lokomotive,
    sniff,
    stack_document,
    stack_text,
    taken,
    without_passwords,
)
from metallb.platforms import Answers, routing_config
from metallb.preflight import check_stack
from metallb.releases import DEFAULT_RELEASE, BgpMode, Release, parse_release
from metallb.routing import RoutingConfig
from metallb.routing.modes import MODE_SINCE

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "import",
        help="make a stack file from a MetalLB configuration that exists",
        description="Reads a ConfigMap of MetalLB 0.12 and before, a file or folder of custom "
        "resources, or a Lokomotive configuration, and writes a stack file that means the same: "
        "it is rendered back and compared before it is written. Passwords are not written; the "
        "commands that set them are printed.",
    )
    parser.add_argument("file", type=Path, help="file or folder to read")
    parser.add_argument("-o", "--output", type=Path, help="stack file to write (standard output)")
    parser.add_argument("--force", action="store_true", help="overwrite an existing stack file")
    parser.add_argument(
        "--release",
        type=_release,
        help="MetalLB version of the stack file; 0.16 for a ConfigMap is the way up from 0.12",
    )
    parser.add_argument("--mode", choices=[str(mode) for mode in BgpMode], help="BGP mode")
    group = parser.add_argument_group("for Lokomotive, whose fork found its nodes by itself")
    group.add_argument("--node", action="append", default=[], help="ingress node; may be repeated")
    group.add_argument("--project", default="", help="id of the Equinix Metal project")
    group.add_argument("--metro", default="", help="metro of the cluster")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the stack file; say on standard error what a person has to do with it."""
    if args.force and args.output is None:
        raise unused("--force", seen="no -o", why="standard output overwrites no file")
    if args.output is not None and is_there(args.output) and not args.force:
        raise ConfigError(
            where=str(args.output),
            seen="a folder" if args.output.is_dir() else "a file",
            rule="is not overwritten",
            remedy="choose another name, or give --force",
        )
    form = sniff(args.file)
    if form is FileFormat.STACK:
        raise ConfigError(
            where=str(args.file),
            seen="a stack file",
            rule="is what import makes",
            remedy="use it as it is",
        )
    if form is FileFormat.UNKNOWN:
        raise ConfigError(
            where=str(args.file),
            rule="is none of the formats that import reads: MetalLB's ConfigMap or custom"
            " resources, values of its chart up to 0.12, or a Lokomotive configuration",
            remedy="name the file or folder with them",
        )
    imported = _lokomotive(args) if form is FileFormat.LOKOMOTIVE else _foreign(args)
    # Before anything is written: it may hold what came from the command line, such as a host name.
    stack = stack_config(imported.sections, source=str(args.output or "the stack file"))
    text = stack_text(imported.sections, comments=_head(args.file, imported))
    if args.output is None:
        print(text, end="")
    else:
        args.output.write_text(text, encoding="utf-8")
    _advise(imported, stack, args.output)
    return 0


def _lokomotive(args: argparse.Namespace) -> Imported:
    if args.mode is not None:
        raise unused(
            "--mode",
            seen=f"Lokomotive configuration {args.file}",
            why="Lokomotive ran MetalLB in its native mode",
            remedy="leave it out, and set metallb:install.bgpMode afterwards",
        )
    version = args.release or DEFAULT_RELEASE
    read = read_lokomotive(
        args.file,
        version=str(version),
        nodes=tuple(args.node),
        project=args.project,
        metro=args.metro,
    ).corrected()
    stack_config(read.sections, source=str(args.file))
    return Imported(sections=read.sections, notes=read.notes)


def _foreign(args: argparse.Namespace) -> Imported:
    reading = read_foreign(args.file)
    finds_nodes = reading.fork_key and not reading.routing.peers
    for option in ("node", "project", "metro"):
        if getattr(args, option) and not finds_nodes:
            raise unused(
                f"--{option}",
                seen=str(args.file),
                why="it is for a configuration that leaves its nodes to Lokomotive or Packet, "
                "and this one does not",
            )
    release = args.release or assumed_release(reading.format)
    assumed = assumed_mode(reading, release)
    refused = _today(args, reading)
    part = taken(reading, release, str(args.file))
    platform: Mapping[str, Any] | None = None
    for each in reading.passed_over:
        print(f"note: passed over: {each}", file=sys.stderr)
    notes = [f"not read: {each}" for each in part.not_read]
    if finds_nodes:
        platform, more = metal_platform(
            {}, nodes=tuple(args.node), project=args.project, metro=args.metro
        )
        notes += ["peer-autodiscovery is a fork's: the stack file names the nodes instead", *more]

    try:
        imported = stack_document(
            part.routing,
            release=release,
            mode=BgpMode(args.mode) if args.mode else assumed.mode,
            source=str(args.file),
            labels=reading.pool_labels,
            namespace=_namespace(reading),
            platform=platform,
            from_resources=reading.format is FileFormat.RESOURCES,
        )
        if platform is None:
            _same_meaning(part.routing, reading, imported, args.file)
    except ConfigError as error:
        of_the_stack_file = [each for each in error.mistakes if ": metallb:" in each.where]
        if refused and of_the_stack_file and len(of_the_stack_file) == len(error.mistakes):
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
    found = check_reading(reading, release=release, mode=mode)
    for finding in found:
        print(f"today: {finding.line()}", file=sys.stderr)
    return any(finding.is_error for finding in found)


def _refused_today(source: Path) -> ConfigError:
    return ConfigError(
        where=str(source),
        rule="holds values that can't go into a stack file, and MetalLB refuses them as well",
        remedy="correct what the lines `today: error` name, then import it",
    )


def _namespace(reading: Reading) -> str:
    return next((name for name in reading.namespaces.values() if name), "metallb-system")


def _same_meaning(
    routing: RoutingConfig, reading: Reading, imported: Imported, source: Path
) -> None:
    """Render the stack file back and compare it with what was read.

    :raises MetalLBError: it does not mean the same; nothing is written then.
    """
    sections = {
        key.removeprefix("metallb:"): value
        for key, value in parse_yaml(stack_text(imported.sections), where="import")[
            "config"
        ].items()
    }
    made = routing_config(stack_config(sections, source=str(source)), Answers())
    found = differences(
        without_passwords(routing),
        without_passwords(made),
        labels=reading.pool_labels,
        pool_names=imported.pool_names,
    )
    if found:
        raise MetalLBError(
            where=str(source),
            seen="; ".join(found[:5]),
            rule="the stack file renders back to the same meaning, and this one would not",
            remedy="write the stack file by hand, starting from a template in stacks/",
        )


def _head(source: Path, imported: Imported) -> list[str]:
    lines = [f"Imported from {source.name}.", ""]
    lines += [f"- {note}" for note in imported.notes]
    lines += [f"- set the password {path}" for path, _ in (*imported.passwords, *imported.secrets)]
    # A name in a foreign file may hold a line break, which would end the comment.
    lines = [" ".join(line.split()) for line in lines]
    return [*lines, ""] if len(lines) > 2 else lines[:1]


def _advise(imported: Imported, stack: StackConfig, written: Path | None) -> None:
    for note in imported.notes:
        print(f"note: {note}", file=sys.stderr)
    # Without it the key would go to the stack that is selected, whichever that is.
    name = stack_name(written) if written else "STACK"
    for path, _ in imported.passwords:
        print(_set_secret(path, name), file=sys.stderr)
    for path, name in imported.secrets:
        what = f"the MD5 key that Secret {name} holds in the cluster"
        print(f"{_set_secret(path, name)}  # {what}", file=sys.stderr)
    for finding in with_current_context(check_stack(stack)):
        print(f"then: {finding.line()}", file=sys.stderr)


def _set_secret(path: str, name: str) -> str:
    return f"next: pulumi config set --secret --path '{path}' --stack {shlex.quote(name)}"


def _release(text: str) -> Release:
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
