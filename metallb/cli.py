"""`python -m metallb`: the commands, and the one place that prints errors and chooses exit codes.

Exit codes: 0 done, 1 a failure, 2 a mistake of a person (nothing was changed), 3 done and there is
what the command looks for, 130 interrupted, 141 nothing reads standard output any more.
"""

import argparse
import contextlib
import importlib
import io
import pkgutil
import sys
from collections.abc import Sequence
from functools import partial

from metallb import __version__, commands
from metallb.command_line.interrupts import as_interrupts, held
from metallb.command_line.options import CommandParser, refuse_empty
from metallb.command_line.output import BY_SIGPIPE, Output, ReaderGone, guarded_output
from metallb.problems.errors import MetalLBError, UsageError
from metallb.problems.file_errors import file_error
from metallb.problems.text import problems_text, style_of

__all__ = ["main"]

_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    with guarded_output() as output:
        try:
            with as_interrupts():
                return _finished(argv, output)
        except MetalLBError as error:
            print(problems_text(error.problems, style_of(sys.stderr)), file=sys.stderr)
            return error.exit_code
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return _INTERRUPTED
        except ReaderGone:
            return BY_SIGPIPE


def _finished(argv: Sequence[str] | None, output: Output) -> int:
    """Run one command until everything is written."""
    try:
        code = _run(argv, output)
    except SystemExit:  # of --help, or of a command line that can't be understood
        output.finish()
        raise
    output.finish()
    return code


def _run(argv: Sequence[str] | None, output: Output) -> int:
    """Parse and run. A command that promises a document prints one also when it fails: `document`
    of its arguments does that."""
    args = argparse.Namespace()
    try:
        with held():
            parser = _parser()
            args = _parsed(parser, argv)
        output.goes_on = getattr(args, "goes_on", False)
        return _carried_out(args)
    except BaseException as error:
        if hasattr(args, "document"):
            args.document(args, error)
        raise


def _parsed(parser: CommandParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; with those of its command where one is empty, which may document the error.

    argparse itself would call an empty value one that is not in its list.
    """
    try:
        refuse_empty(argv)
    except UsageError as error:
        args = argparse.Namespace()
        with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            args = parser.parse_args(argv)
        args.run = partial(_refused, error)
        return args
    return parser.parse_args(argv)


def _refused(error: UsageError, _: argparse.Namespace) -> int:
    raise error


def _carried_out(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args))
    except ReaderGone:
        raise
    except OSError as error:
        raise file_error(error, {str(value) for value in vars(args).values()}) from error


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="python -m metallb",
        description="MetalLB in BGP mode on bare metal, from one reviewed file per cluster.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        importlib.import_module(f"{commands.__name__}.{module.name}").add(subparsers)
    return parser
