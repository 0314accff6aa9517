"""`up`: bring everything to what the stack file says."""

import argparse

from metallb.command_line.interrupts import held
from metallb.runner.cli import ANNOTATIONS, declare, declare_confirmation, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = declare(
        commands,
        "up",
        "reserve, install and configure what the stack file says",
        "Checks the stack file, shows what would change, and begins once that is confirmed: on a "
        "terminal by an answer, elsewhere by --yes. Ctrl-C ends it cleanly: what has begun is "
        "finished and written to the state.",
        run,
        *ANNOTATIONS,
    )
    declare_confirmation(parser, "update")
    parser.set_defaults(goes_on=True)


def run(args: argparse.Namespace) -> int:
    """Update the stack."""
    with held():
        from metallb.runner.confirming import Ahead

    return execute(
        args,
        "up",
        lambda runner: runner.up(),
        ahead=Ahead(f"Update {args.stack}?", "yes", ("y", "Yes", "YES")),
        foresee=lambda runner: runner.preview(),
    )
