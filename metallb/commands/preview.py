"""`preview`: what an update would change."""

import argparse

from metallb.runner.cli import ANNOTATIONS, declare, execute

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = declare(
        commands,
        "preview",
        "show what `up` would change",
        "Checks the stack file, then has the engine compute what an update would change. Changes "
        "nothing; a backend that has no such stack gets an empty one.",
        run,
        *ANNOTATIONS,
        exit_codes={3: "--expect-no-changes found a change"},
    )
    parser.add_argument(
        "--expect-no-changes", action="store_true", help="fail where there is a change"
    )
    parser.add_argument(
        "--markdown", metavar="FILE", help="also write the preview as Markdown, for a comment"
    )


def run(args: argparse.Namespace) -> int:
    """Preview the stack."""
    return execute(args, "preview", lambda runner: runner.preview())
