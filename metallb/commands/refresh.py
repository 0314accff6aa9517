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
    parser.set_defaults(goes_on=True)


def run(args: argparse.Namespace) -> int:
    """Refresh the stack."""
    return execute(args, "refresh", lambda runner: runner.refresh())
