"""`refresh`: take over into the state what changed outside."""

import argparse

from metallb.runner.cli import declare, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = declare(
        commands,
        "refresh",
        "bring the state to what is really there",
        "Reads every resource and corrects the state; changes nothing outside. Files that renderTo "
        "wrote are left out.",
        run,
    )
    parser.add_argument(
        "--clear-pending-creates",
        action="store_true",
        help="forget creations that an interrupted update left open",
    )


def run(args: argparse.Namespace) -> int:
    """Refresh the stack."""
    clear = args.clear_pending_creates
    return execute(args, "refresh", lambda runner: runner.refresh(clear_pending_creates=clear))
