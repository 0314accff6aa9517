"""What the engine's commands have in common on the command line: options, output, exit codes."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from metallb.errors import MetalLBError

if TYPE_CHECKING:
    from metallb.runner.report import RunReport
    from metallb.runner.stack import StackRunner

__all__ = ["CHANGES", "declare", "execute"]

CHANGES = 3
"""Exit code of --expect-no-changes when there are some."""


def declare(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    description: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """A parser with the options that every engine command has."""
    parser = commands.add_parser(name, help=text, description=description)
    parser.add_argument(
        "stack", help="name of a stack (or organization/name), or path of a stack file"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the run as one JSON document (docs/ci.md)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    parser.set_defaults(run=run)
    return parser


def execute(
    args: argparse.Namespace, command: str, operation: "Callable[[StackRunner], RunReport]"
) -> int:
    """Run an operation, print what it came to, and give the exit code.

    :raises MetalLBError: what the operation raised, after its report was printed.
    """
    from rich.console import Console

    from metallb.runner.progress import Progress
    from metallb.runner.stack import StackRunner

    console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=args.quiet)
    progress = Progress(
        f"{command} {args.stack}", steps=command not in ("preview", "outputs"), console=console
    )
    runner = StackRunner(args.stack, on_step=progress.step)
    try:
        with progress:
            report = operation(runner)
    except (MetalLBError, KeyboardInterrupt):
        if runner.report is not None:
            _show(args, runner.report)
        raise
    _show(args, report)
    return CHANGES if getattr(args, "expect_no_changes", False) and report.has_changes else 0


def _show(args: argparse.Namespace, report: "RunReport") -> None:
    from metallb.runner.text import markdown, text

    if args.json:
        print(report.model_dump_json(by_alias=True, indent=2))
    else:
        shown = text(report)
        if shown:
            print(shown)
    if getattr(args, "markdown", None):
        Path(args.markdown).write_text(markdown(report), encoding="utf-8")
