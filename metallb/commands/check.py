"""`check`: what would fail or silently do nothing, without engine, cluster or network."""

import argparse

from metallb.command_line.common import add_format
from metallb.command_line.interrupts import held
from metallb.command_line.options import (
    STACK_OR_INPUT_HELP,
    add_snapshot_option,
    add_variable_option,
    release,
    whole_number,
)
from metallb.problems.documents import DOCUMENTS
from metallb.releases import BgpMode

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check",
        help="find what would fail or silently do nothing, without engine, cluster or network",
        description="Checks a stack, or a MetalLB configuration of another origin: a "
        "ConfigMap of 0.12 and before, custom resources, values of charts with either, what "
        "kubectl prints of a cluster, or Lokomotive's; files and folders. --rules lists the "
        "rules, and --explain CODE explains one.",
        exit_codes={
            2: "an error was found (with --strict: or a warning), or a mistake in the command line",
            3: "--fix --diff would correct something",
        },
    )
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="STACK|FILE",
        help=f"{STACK_OR_INPUT_HELP}; or file or folder of another configuration; every stack of "
        "the folder, where left out",
    )
    add_format(parser, *DOCUMENTS)
    parser.add_argument("--strict", action="store_true", help="exit with 2 for a warning as well")
    add_snapshot_option(parser)
    parser.add_argument(
        "--explain", metavar="CODE", help="explain a rule or an error by its code, and stop"
    )
    parser.add_argument(
        "--rules", action="store_true", help="list every rule and error as Markdown, and stop"
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="first correct, in the stack file itself, mistakes that have one right answer",
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="with --fix: write nothing; show what it would change, and exit with 3 if anything",
    )
    group = parser.add_argument_group("for configurations that are no stack file")
    group.add_argument(
        "--release", type=release, metavar="VERSION", help="MetalLB version that will read it"
    )
    group.add_argument("--mode", choices=[str(mode) for mode in BgpMode], help="BGP mode")
    group.add_argument(
        "--max-prefixes",
        type=whole_number,
        metavar="N",
        help="prefixes a router takes from a session",
    )
    group.add_argument(
        "--ecmp-limit",
        type=whole_number,
        metavar="N",
        help="next hops a router spreads an address over",
    )
    add_variable_option(group)
    parser.set_defaults(run=run, shown=False, document=_document)


def run(args: argparse.Namespace) -> int:
    """Check every target and print the findings."""
    with held():
        from metallb.actions import check

    return check.run(args)


def _document(args: argparse.Namespace, error: BaseException) -> None:
    with held():
        from metallb.actions import check

    check.document(args, error)
