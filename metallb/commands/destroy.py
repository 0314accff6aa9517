"""`destroy`: take down what the stack made."""

import argparse

from metallb.command_line.interrupts import held
from metallb.runner.cli import declare, declare_confirmation, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = declare(
        commands,
        "destroy",
        "delete what the stack made",
        "Deletes the stack's resources, once that is confirmed: by its name on a terminal, "
        "elsewhere by --yes. The stack itself, its history and its file stay. Where "
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
    declare_confirmation(parser, "delete")


def run(args: argparse.Namespace) -> int:
    """Destroy the stack's resources."""
    with held():
        from metallb.runner.confirming import Ahead

    keep = args.keep_protected
    return execute(
        args,
        "destroy",
        lambda runner: runner.destroy(keep_protected=keep),
        ahead=Ahead(f"Delete this of {args.stack}? Type {args.stack} to go on", args.stack),
        foresee=lambda runner: runner.preview_destroy(keep_protected=keep),
    )
