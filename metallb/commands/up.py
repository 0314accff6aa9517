"""`up`: bring everything to what the stack file says."""

import argparse

from metallb.runner.cli import declare, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = declare(
        commands,
        "up",
        "reserve, install and configure what the stack file says",
        "Checks the stack file, then runs the update without a confirmation: look at `preview` "
        "first. Ctrl-C ends it cleanly: what has begun is finished and written to the state.",
        run,
    )
    parser.set_defaults(goes_on=True)


def run(args: argparse.Namespace) -> int:
    """Update the stack."""
    return execute(args, "up", lambda runner: runner.up())
