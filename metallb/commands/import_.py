"""`import`: a stack file from a ConfigMap, custom resources or a Lokomotive configuration."""

import argparse
import sys
from pathlib import Path

from metallb.command_line import unused
from metallb.commands.check import check_reading
from metallb.config import StackConfig, stack_config
from metallb.config.files import parse_yaml
from metallb.config.paths import is_there
from metallb.current_context import with_current_context
from metallb.errors import ConfigError, MetalLBError
from metallb.importing import (
    FileFormat,
    Imported,
    Reading,
    assumed_mode,
    assumed_release,
    differences,
    metal_platform,
    read_foreign,
    read_lokomotive,
    sniff,
    stack_document,
    stack_text,
    without_passwords,
)
from metallb.platforms import Answers, routing_config
from metallb.preflight import check_stack
from metallb.releases import DEFAULT_RELEASE, BgpMode, Release, parse_release

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
            seen="none of the formats that import reads",
            rule="holds MetalLB's ConfigMap or custom resources, or a Lokomotive configuration",
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
    _advise(imported, stack)
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
    )
    stack_config(read.sections, source=str(args.file))
    return Imported(sections=read.sections, notes=read.notes)


def _foreign(args: argparse.Namespace) -> Imported:
    reading = read_foreign(args.file)
    finds_nodes = reading.autodiscovery and not reading.routing.peers
    for option in ("node", "project", "metro"):
        if getattr(args, option) and not finds_nodes:
            raise unused(
                f"--{option}",
                seen=str(args.file),
                why="it is for a configuration that leaves its nodes to Lokomotive or Packet, "
                "and this one does not",
            )
    release = args.release or assumed_release(reading.format)
    mode = BgpMode(args.mode) if args.mode else assumed_mode(reading.routing, release)
    for finding in check_reading(reading, mode=mode):
        print(f"today: {finding.line()}", file=sys.stderr)
    platform, notes = None, [f"not read: {each}" for each in reading.passed_over]
    if finds_nodes:
        platform, more = metal_platform(
            {}, nodes=tuple(args.node), project=args.project, metro=args.metro
        )
        notes += ["peer-autodiscovery is a fork's: the stack file names the nodes instead", *more]
    imported = stack_document(
        reading.routing,
        release=release,
        mode=mode,
        source=str(args.file),
        labels=reading.pool_labels,
        namespace=_namespace(reading),
        platform=platform,
        from_resources=reading.format is FileFormat.RESOURCES,
    )
    if platform is None:
        _same_meaning(reading, imported, args.file)
    return Imported(
        sections=imported.sections,
        passwords=imported.passwords,
        pool_names=imported.pool_names,
        notes=(*imported.notes, *notes),
    )


def _namespace(reading: Reading) -> str:
    return next((name for name in reading.namespaces.values() if name), "metallb-system")


def _same_meaning(reading: Reading, imported: Imported, source: Path) -> None:
    """Render the stack file back and compare.

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
        without_passwords(reading.routing),
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
    lines += [f"- set the password {path}" for path, _ in imported.passwords]
    return [*lines, ""] if len(lines) > 2 else lines[:1]


def _advise(imported: Imported, stack: StackConfig) -> None:
    for note in imported.notes:
        print(f"note: {note}", file=sys.stderr)
    for path, _ in imported.passwords:
        print(f"next: pulumi config set --secret --path '{path}'", file=sys.stderr)
    for finding in with_current_context(check_stack(stack)):
        print(f"then: {finding.line()}", file=sys.stderr)


def _release(text: str) -> Release:
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
