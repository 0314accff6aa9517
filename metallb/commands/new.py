"""`new`: a stack file from a few answers, given as options or typed on a terminal."""

import argparse
from collections.abc import Sequence
from itertools import pairwise

from metallb.command_line.interrupts import held
from metallb.command_line.options import CommandParser

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[CommandParser]") -> None:
    """Declare the command. The options of a platform are known once `--platform` names it."""
    parser = commands.add_parser(
        "new",
        help="write a stack file from a few answers",
        description="Writes a stack file that is complete and checked, with the JSON Schema for "
        "editors beside it. On a terminal it asks for what no option gives. "
        "`new --platform KIND --help` lists the options of a platform, such as static (racks with "
        "routers).",
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="name of the stack: one for each cluster"
    )
    parser.add_argument("--platform", metavar="KIND", help="what the nodes are part of")
    parser.add_argument("--context", metavar="NAME", help="kubeconfig context of the cluster")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="file to write (Pulumi.NAME.yaml beside the others)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing stack file")
    parser.set_defaults(run=run)
    parser.before_parsing = _add_platform


def run(args: argparse.Namespace) -> int:
    """Write the stack file."""
    with held():
        from metallb.actions import new

    return new.run(args)


def _add_platform(parser: CommandParser, words: Sequence[str]) -> None:
    """Declare the options of the platform that a command line names."""
    given = ""
    for before, word in pairwise(["", *words]):
        if before == "--platform":
            given = word
        elif word.startswith("--platform="):
            given = word.partition("=")[2]
    if not given:
        return
    from metallb.platforms.registry import kinds

    platform = kinds().get(given)
    group = parser.add_argument_group(f"for platform {given}")
    for each in platform.new_options if platform else ():
        group.add_argument(
            f"--{each.name}",
            metavar=each.metavar,
            action="append" if each.repeated else "store",
            help=each.help + ("; may be repeated" if each.repeated else ""),
        )
