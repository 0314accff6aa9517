"""What the engine's commands have in common on the command line: options, output, exit codes."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from metallb.command_line.common import add_format
from metallb.command_line.interrupts import held
from metallb.command_line.options import STACK_HELP, is_standard_output
from metallb.command_line.output import ReaderGone
from metallb.problems.errors import MetalLBError, UsageError
from metallb.problems.file_errors import cause_of

if TYPE_CHECKING:
    from metallb.runner.confirming import Ahead
    from metallb.runner.report import ResourceChange, RunReport
    from metallb.runner.stack import StackRunner

    Operation = Callable[[StackRunner], RunReport]

__all__ = ["ANNOTATIONS", "CHANGES", "declare", "declare_confirmation", "execute"]

ANNOTATIONS = ("github", "sarif")
"""Forms for what checks a stack file: they have problems alone."""
CHANGES = 3
"""Exit code of --expect-no-changes when there are some."""


def declare(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    description: str,
    run: Callable[[argparse.Namespace], int],
    *forms: str,
    exit_codes: Mapping[int, str] | None = None,
) -> argparse.ArgumentParser:
    """A parser with the options that every engine command has.

    :param forms: forms of its output besides those of all of them.
    :param exit_codes: what its exit codes mean, where it is something else.
    """
    parser = commands.add_parser(name, help=text, description=description, exit_codes=exit_codes)
    parser.add_argument("stack", metavar="STACK", help=STACK_HELP)
    add_format(parser, "json", "markdown", *forms, former=True)
    parser.set_defaults(run=run, shown=False, document=partial(_document, name))
    return parser


def declare_confirmation(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of a command that shows what it would do, and waits for an answer.

    :param verb: what it does.
    """
    parser.add_argument(
        "--yes", action="store_true", help=f"{verb} without a question; needed without a terminal"
    )
    parser.add_argument(
        "--skip-preview",
        action="store_true",
        help="do not show first what would change; --yes with --quiet does not either",
    )


def execute(
    args: argparse.Namespace,
    command: str,
    operation: "Operation",
    *,
    ahead: "Ahead | None" = None,
    foresee: "Operation | None" = None,
) -> int:
    """Run an operation, print what it came to, and give the exit code.

    :param ahead: how the operation is confirmed, where it has to be.
    :param foresee: computes what it would do.
    :raises MetalLBError: what the operation raised, after its report was printed.
    """
    _refuse_unwritable(args)
    planned: tuple[ResourceChange, ...] = ()
    if ahead is not None:
        planned = _confirmed(args, command, ahead, foresee)
    report = _carried_out(args, command, operation, planned=planned)
    _show(args, report)
    return CHANGES if getattr(args, "expect_no_changes", False) and report.has_changes else 0


def _confirmed(
    args: argparse.Namespace, command: str, ahead: "Ahead", foresee: "Operation | None"
) -> "tuple[ResourceChange, ...]":
    """What is planned, once it is confirmed; nothing where no preview was made."""
    with held():
        from metallb.runner.confirming import confirm, refuse_unconfirmed
        from metallb.runner.stack import StackRunner

    runner = StackRunner(args.stack)
    try:
        runner.refuse_mistakes(command)
    except (MetalLBError, KeyboardInterrupt):
        if runner.report is not None:
            _show(args, runner.report)
        raise
    refuse_unconfirmed(args, command, ahead)
    foreseen = None
    if foresee is not None and not args.skip_preview and not (args.yes and args.quiet):
        foreseen = _carried_out(args, "preview", foresee, shown_as=command)
    confirm(args, command, ahead, foreseen)
    return () if foreseen is None else foreseen.resources


def _carried_out(
    args: argparse.Namespace,
    command: str,
    operation: "Operation",
    *,
    planned: "tuple[ResourceChange, ...]" = (),
    shown_as: str = "",
) -> "RunReport":
    """The report of an operation.

    :param planned: what the preview announced.
    :param shown_as: the command that the report of a failure is for, if not this one.
    """
    with held():
        from rich.console import Console

        from metallb.runner.events import STACK_TYPE
        from metallb.runner.progress import Progress
        from metallb.runner.stack import StackRunner

    console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=args.quiet)
    progress = Progress(
        f"{command} {args.stack}",
        steps=command not in ("preview", "outputs"),
        planned=sum(each.type != STACK_TYPE for each in planned),
        console=console,
    )
    runner = StackRunner(args.stack, on_step=progress.step, on_notice=progress.notice)
    try:
        with progress:
            return operation(runner)
    except (MetalLBError, KeyboardInterrupt) as error:
        if runner.report is not None:
            # A preview that failed has changed nothing of what it foresaw.
            shown = {"command": shown_as, "changes": {}, "resources": ()} if shown_as else {}
            _show(args, runner.report.model_copy(update=shown))
            if isinstance(error, KeyboardInterrupt):
                begun = {each.urn for each in runner.report.resources}
                left = sum(each.urn not in begun for each in planned)
                if left:
                    print(f"not begun: {left} of {len(planned)} changes", file=sys.stderr)
        raise


def _show(args: argparse.Namespace, report: "RunReport") -> None:
    with held():
        from metallb.problems.text import style_of
        from metallb.runner.annotations import annotations
        from metallb.runner.markdown import is_comment, markdown
        from metallb.runner.text import text
        from metallb.writing.files import write_file

    args.shown = True
    if args.format == "json":
        # In ASCII: what a terminal would obey in a foreign value is a code.
        print(json.dumps(report.model_dump(mode="json", by_alias=True), indent=2), flush=True)
    elif args.format == "markdown":
        print(markdown(report), end="")
    elif args.format in ANNOTATIONS:
        print(annotations(report, args.format))
    else:
        found = text(report, style_of(sys.stdout), details=args.verbose)
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
    if not (args.format != "text" or markdown):
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

    if is_standard_output(path):
        return UsageError(
            "--markdown names a file, and - is standard output",
            location=("--markdown",),
            help="use --format markdown",
        )
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
