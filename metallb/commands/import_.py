"""`import`: a stack file from a ConfigMap, custom resources or a Lokomotive configuration."""

import argparse
from pathlib import Path

from metallb.command_line.interrupts import held
from metallb.command_line.options import add_variable_option, release
from metallb.releases import BgpMode

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "import",
        help="make a stack file from a MetalLB configuration that exists",
        description="Reads a ConfigMap of MetalLB 0.12 and before, a file or folder of custom "
        "resources, values of charts with either, or a Lokomotive configuration, and writes a "
        "stack file that means the same: it is rendered back and compared before it is written. "
        "Several files are one configuration. Passwords are not written; the commands that set "
        "them are printed.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="file or folder to read; - for standard input",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="stack file to write (standard output)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing stack file")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="write nothing where something is not read, in place of a line that names it",
    )
    parser.add_argument(
        "--release",
        type=release,
        metavar="VERSION",
        help="MetalLB version of the stack file; 0.16 for a ConfigMap is the way up from 0.12",
    )
    parser.add_argument("--mode", choices=[str(mode) for mode in BgpMode], help="BGP mode")
    group = parser.add_argument_group("from a cluster, in place of files")
    group.add_argument(
        "--from-cluster", action="store_true", help="read what the API server has; no Secrets"
    )
    group.add_argument(
        "--kubeconfig", metavar="FILE", help="kubeconfig, if not the one that kubectl would use"
    )
    group.add_argument("--context", metavar="NAME", help="context, if not the current one")
    group.add_argument(
        "--namespace", metavar="NAME", help="MetalLB's namespace, if its speakers don't show it"
    )
    group = parser.add_argument_group("for Lokomotive, whose fork found its nodes by itself")
    group.add_argument(
        "--node", action="append", metavar="NAME", default=[], help="ingress node; may be repeated"
    )
    group.add_argument("--project", metavar="ID", default="", help="id of the provider's project")
    group.add_argument("--metro", metavar="NAME", default="", help="metro of the cluster")
    add_variable_option(group)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the stack file; say on standard error what a person has to do with it."""
    with held():
        from metallb.actions import import_
        from metallb.command_line.standard_input import file_of

    args.files = list(map(file_of, args.files))
    return import_.run(args)
