"""`outputs`: what the last update exported."""

import argparse

from metallb.runner.cli import declare, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    declare(
        commands,
        "outputs",
        "print the addresses, peers and other outputs of the last update",
        "Prints the stack's outputs; a secret one is shown as [secret].",
        run,
    )


def run(args: argparse.Namespace) -> int:
    """Print the outputs."""
    return execute(args, "outputs", lambda runner: runner.outputs())
