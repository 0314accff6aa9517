"""What the engine's commands have in common on the command line: options, output, exit codes."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from metallb.command_line.interrupts import held
from metallb.command_line.options import STACK_HELP
from metallb.command_line.output import ReaderGone
from metallb.problems.errors import MetalLBError, UsageError
from metallb.problems.file_errors import cause_of

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
    parser.add_argument("stack", help=STACK_HELP)
    parser.add_argument(
        "--json", action="store_true", help="print the run as one JSON document (docs/ci.md)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    parser.set_defaults(run=run, shown=False, document=partial(_document, name))
    return parser


def execute(
    args: argparse.Namespace, command: str, operation: "Callable[[StackRunner], RunReport]"
) -> int:
    """Run an operation, print what it came to, and give the exit code.

    :raises MetalLBError: what the operation raised, after its report was printed.
    """
    with held():
        from rich.console import Console

        from metallb.runner.progress import Progress
        from metallb.runner.stack import StackRunner

    _refuse_unwritable(args)
    console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=args.quiet)
    progress = Progress(
        f"{command} {args.stack}", steps=command not in ("preview", "outputs"), console=console
    )
    runner = StackRunner(args.stack, on_step=progress.step, on_notice=progress.notice)
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
    with held():
        from metallb.problems.text import style_of
        from metallb.runner.markdown import is_comment, markdown
        from metallb.runner.text import text
        from metallb.writing.files import write_file

    args.shown = True
    if args.json:
        # In ASCII: what a terminal would obey in a foreign value is a code.
        print(json.dumps(report.model_dump(mode="json", by_alias=True), indent=2), flush=True)
    else:
        found = text(report, style_of(sys.stdout))
        if found:
            print(found)
    if getattr(args, "markdown", None):
        try:
            write_file(Path(args.markdown), markdown(report), ours=is_comment, option="")
        except MetalLBError as error:
            raise MetalLBError(
                f"the run is done, but {error.problem.summary}",
                code=error.problem.code,
                help="make room for the file; --json prints the same to standard output",
            ) from error


def _document(command: str, args: argparse.Namespace, error: BaseException) -> None:
    """The document of a run that ended before it had a report of its own.

    Nothing where no document was requested: the error as text follows on standard error.
    """
    if args.shown or isinstance(error, SystemExit | ReaderGone):
        return
    markdown = getattr(args, "markdown", None)
    if markdown and (not markdown.strip() or _refusal(Path(markdown))):
        args.markdown = markdown = None
    if not (args.json or markdown):
        return
    with held():
        from metallb.problems.error_report import ErrorReport
        from metallb.runner.report import Result, RunReport

    found, result = None, Result.CANCELLED
    if not isinstance(error, KeyboardInterrupt):
        found = ErrorReport.of_any(f"{command} {args.stack}", error)
        mistake = found.exit_code == UsageError.exit_code
        result = Result.REFUSED if mistake else Result.FAILED
    _show(args, RunReport(command=command, stack=args.stack, result=result, error=found))


def _refuse_unwritable(args: argparse.Namespace) -> None:
    """Before a run that takes minutes, rather than after it.

    :raises UsageError: --markdown names a file that can't be written, or another's.
    """
    path = getattr(args, "markdown", None)
    refusal = _refusal(Path(path)) if path else None
    if refusal is not None:
        raise refusal


def _refusal(path: Path) -> UsageError | None:
    """Why a file is not written; None where it is."""
    with held():
        from metallb.runner.markdown import is_comment
        from metallb.writing.files import refuse_taken

    reason = _unwritable(path)
    if reason:
        return UsageError(
            f"cannot write to {path}: {reason}",
            code="E203",
            help="create its folder, or name another file with --markdown",
        )
    try:
        refuse_taken(path, ours=is_comment, option="")
    except UsageError as error:
        return error
    except OSError as error:
        return UsageError(
            f"cannot read {path}: {cause_of(error)}",
            code="E203",
            help="name another file with --markdown",
        )
    return None


def _unwritable(path: Path) -> str:
    """Why a file can't be written; empty where it can."""
    try:
        if path.is_dir():
            return "is a folder"
        if not path.parent.is_dir():
            return "no such folder"
        # It is written beside and renamed, but for a device or a pipe.
        target = path if path.exists() and not path.is_file() else path.parent
    except OSError as error:  # a name that no file can have
        return (error.strerror or "not a name that a file can have").lower()
    return "" if os.access(target, os.W_OK) else "permission denied"
