"""`whatif`: what a failure of nodes, routers or racks does to pools and routes."""

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
        "whatif",
        help="show what a failure of a node, router or rack takes away",
        description="Lets every node, router and rack of the stack file fail in turn: which pools "
        "lose their last announcer, how many next hops are left, which share of flows moves with "
        "plain and with resilient hashing, and how long until routers notice. Changes nothing.",
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_OR_INPUT_HELP)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--fail",
        action="append",
        metavar="NAME,...",
        help="what fails at once, such as rack-a,tor-2; node:NAME, router:NAME or rack:NAME where "
        "one name means several",
    )
    what.add_argument(
        "--pairs",
        action="store_true",
        help="every two at once: those that take more away than both of them one by one",
    )
    add_format(parser, "json", "markdown", "mermaid", "svg", "html")
    add_snapshot_option(parser)
    add_chosen_node_options(parser)
    parser.set_defaults(run=run, shown=False, document=_document)


def run(args: argparse.Namespace) -> int:
    """Let things fail."""
    with held():
        from metallb.actions import whatif

    return whatif.run(args)


def _document(args: argparse.Namespace, error: BaseException) -> None:
    with held():
        from metallb.actions.document import document_failure
        from metallb.actions.whatif import FailuresDocument

    document_failure("whatif", FailuresDocument, args, error)
