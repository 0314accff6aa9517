"""`routers`: the routers' half of the sessions, written as a configuration or compared with one."""

import argparse
from pathlib import Path

from metallb.command_line.common import add_format
from metallb.command_line.interrupts import held
from metallb.command_line.options import STACK_OR_INPUT_HELP, add_node_options, add_snapshot_option
from metallb.problems.documents import DOCUMENTS

__all__ = ["add", "run"]

_DIALECTS = ("bird", "frr", "junos")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "routers",
        help="write the routers' half of the BGP sessions, or compare a router with it",
        description="Writes the BGP configuration of every router towards the nodes of a stack, or "
        "reads what a router has (--check: configuration of FRR or BIRD, FRR's `show bgp neighbors "
        "json`, BIRD's `show protocols all`) and reports what differs. Shows no key.",
        exit_codes={
            2: "--check found what stops sessions or routes (with --strict: any difference), or a "
            "mistake in the command line or a file"
        },
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_OR_INPUT_HELP)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--dialect", choices=_DIALECTS, help="write the configuration for such routers"
    )
    what.add_argument(
        "--check",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="compare what a router has; - for standard input",
    )
    parser.add_argument("--router", metavar="NAME", help="one router, by the name that files have")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="folder to write (standard output)"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace any other files that -o names"
    )
    add_snapshot_option(parser)
    add_node_options(
        parser.add_argument_group("addresses of nodes that neither stack nor snapshot has")
    )
    group = parser.add_argument_group("with --check")
    add_format(group, *DOCUMENTS)
    group.add_argument("--strict", action="store_true", help="exit with 2 for a warning as well")
    parser.set_defaults(run=run, shown=False, document=_document)


def run(args: argparse.Namespace) -> int:
    """Write or compare."""
    with held():
        from metallb.actions import routers

    return routers.run(args)


def _document(args: argparse.Namespace, error: BaseException) -> None:
    with held():
        from metallb.actions import routers

    routers.document(args, error)
