"""`destroy`: take down what the stack made."""

import argparse
import sys

from metallb.problems.errors import UsageError
from metallb.problems.escape import visible
from metallb.runner.cli import declare, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = declare(
        commands,
        "destroy",
        "delete what the stack made",
        "Deletes the stack's resources. The stack itself, its history and its file stay. Where "
        "something is protected, nothing is deleted; a retained block stays at the provider.",
        run,
    )
    parser.add_argument(
        "--keep-protected",
        action="store_true",
        help="delete everything else, and keep what is protected (Elastic IP blocks, unless the "
        "stack file says otherwise) at the provider and in the state",
    )
    parser.set_defaults(goes_on=True)
    parser.add_argument("--yes", action="store_true", help="delete without confirmation")


def run(args: argparse.Namespace) -> int:
    """Destroy the stack's resources."""
    if not args.yes:
        _ask(args.stack)
    return execute(
        args, "destroy", lambda runner: runner.destroy(keep_protected=args.keep_protected)
    )


def _ask(stack: str) -> None:
    """Go on only when the stack's name is typed.

    :raises UsageError: it was not, or there is no terminal.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        # On standard error: standard output may be a document for a machine.
        question = f"Everything of {stack} will be deleted. Type {stack} to go on: "
        print(visible(question), end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() == stack:
            return
    raise UsageError(
        f"destroy {stack} was not confirmed",
        code="E207",
        help="type the stack's name on a terminal, or give --yes",
    )
