"""`import`: a stack file from a ConfigMap, custom resources or a Lokomotive configuration."""

import argparse
from pathlib import Path

from metallb.command_line.interrupts import held
from metallb.releases import BgpMode, Release, parse_release

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
    group.add_argument("--project", default="", help="id of the provider's project")
    group.add_argument("--metro", default="", help="metro of the cluster")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the stack file; say on standard error what a person has to do with it."""
    with held():
        from metallb.actions import import_

    return import_.run(args)


def _release(text: str) -> Release:
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
