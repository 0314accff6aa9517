"""`impact`: what a change of the stack file does to sessions, routes and addresses."""

import argparse

from metallb.command_line.common import add_format
from metallb.command_line.interrupts import held
from metallb.command_line.options import (
    STACK_OR_INPUT_HELP,
    add_chosen_node_options,
    add_snapshot_option,
)

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "impact",
        help="show which sessions a change resets, and what it does to routes and addresses",
        description="Compares the stack file with what was before: which BGP sessions are opened "
        "again, on which nodes and for how long at most, which pools lose next hops, which "
        "addresses are no longer announced, and whether another way to the same end resets "
        "nothing. Shows no key and changes nothing.",
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_OR_INPUT_HELP)
    parser.add_argument(
        "--against",
        default="git:HEAD",
        metavar="BEFORE",
        help="what was before: git:REV, a stack file, `state` (the last update), or `cluster` "
        "(git:HEAD)",
    )
    add_format(parser, "json", "markdown")
    add_snapshot_option(parser)
    add_chosen_node_options(parser)
    parser.set_defaults(run=run, shown=False, document=_document)


def run(args: argparse.Namespace) -> int:
    """Compare, and print what the change does."""
    with held():
        from metallb.actions import impact

    return impact.run(args)


def _document(args: argparse.Namespace, error: BaseException) -> None:
    with held():
        from metallb.actions.document import document_failure
        from metallb.actions.impact import ImpactDocument

    document_failure("impact", ImpactDocument, args, error)
