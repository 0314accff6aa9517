"""`metallb`: the commands, and the one place that prints errors and chooses exit codes.

Its exit codes are those of `metallb.command_line.options.EXIT_CODES`.
"""

import argparse
import contextlib
import importlib
import io
import pkgutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cache, partial
from keyword import iskeyword
from typing import Any

from metallb import __version__, commands
from metallb.command_line.common import add_common, note, set_up
from metallb.command_line.interrupts import as_interrupts, held
from metallb.command_line.options import Command, CommandParser, refuse_empty
from metallb.command_line.output import BY_SIGPIPE, Output, ReaderGone, guarded_output
from metallb.command_line.standard_input import renamed
from metallb.problems.errors import MetalLBError, UsageError
from metallb.problems.file_errors import file_error
from metallb.problems.text import problems_text, style_of

__all__ = ["main"]

_INTERRUPTED = 130
_GROUPS = {
    "write a stack file": ("new", "import", "schema"),
    "look at what it means": ("check", "impact", "whatif", "plan", "topology", "render", "routers"),
    "change and look at a cluster": ("preview", "up", "refresh", "outputs", "status", "destroy"),
    "keep it running": ("snapshot", "recover", "completion"),
}
"""Commands as the help lists them; any other one follows as `others`."""
_OF_ALL = ("completion",)
"""Commands that write of all commands."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    with guarded_output() as output, ExitStack() as settings:
        try:
            with as_interrupts():
                return _finished(argv, output, settings)
        except MetalLBError as error:
            print(problems_text(error.problems, style_of(sys.stderr)), file=sys.stderr)
            return error.exit_code
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return _INTERRUPTED
        except ReaderGone:
            return BY_SIGPIPE


def _finished(argv: Sequence[str] | None, output: Output, settings: ExitStack) -> int:
    """Run one command until everything is written.

    :param settings: takes what holds until its error is printed.
    """
    try:
        code = _run(argv, output, settings)
    except SystemExit:  # of --help, or of a command line that can't be understood
        output.finish()
        raise
    output.finish()
    return code


def _run(argv: Sequence[str] | None, output: Output, settings: ExitStack) -> int:
    """Parse and run. A command that promises a document prints one also when it fails: `document`
    of its arguments does that."""
    args = argparse.Namespace()
    try:
        with held():
            parser = _parser(_command_of(sys.argv[1:] if argv is None else argv))
            args = _parsed(parser, argv)
            args.parser = parser
        settings.enter_context(set_up(args))
        output.goes_on = getattr(args, "goes_on", False)
        return _carried_out(args)
    except BaseException as error:
        if isinstance(error, MetalLBError):
            error.problems = tuple(map(renamed, error.problems))
        if hasattr(args, "document"):
            args.document(args, error)
        raise


def _parsed(parser: CommandParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; with those of its command where one is empty, which may document the error.

    argparse itself would call an empty value one that is not in its list.
    """
    words = sys.argv[1:] if argv is None else argv
    if not words:
        parser.print_help(sys.stderr)
        parser.exit(2)
    if words[0] == "help":
        argv = [*words[1:], "--help"]
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
    begun = time.monotonic()
    try:
        with ExitStack() as inside:
            if getattr(args, "folder", None) is not None:
                with held():
                    from metallb.stackfile.paths import looked_for_in
                inside.enter_context(looked_for_in(args.folder))
            if not getattr(args, "verbose", False):
                return int(args.run(args))
            for line in _files_of(args):
                note(f"note: {line}")
            code = int(args.run(args))
            note(f"note: {time.monotonic() - begun:.1f} s")
            return code
    except ReaderGone:
        raise
    except OSError as error:
        raise file_error(error, {str(value) for value in vars(args).values()}) from error


def _files_of(args: argparse.Namespace) -> Iterator[str]:
    """What a command is run by and on, for --verbose."""
    with held():
        from metallb.problems.escape import visible
        from metallb.stackfile.paths import project_folder, stack_path
    yield f"metallb {__version__}, Python {sys.version.partition(' ')[0]}"
    yield visible(f"project folder {project_folder()}")
    targets: Any = getattr(args, "targets", None) or [getattr(args, "stack", None)]
    for name in targets:
        if name is not None:
            with contextlib.suppress(MetalLBError):
                yield visible(f"stack {name}: {stack_path(str(name))}")


class _Commands(Command):
    """The parser of the whole command line, whose help lists the commands in groups."""

    def format_help(self) -> str:
        """Usage, what it is, the commands by groups, options, exit codes."""
        (subparsers,) = (
            each for each in self._actions if isinstance(each, argparse._SubParsersAction)
        )
        shown = {each.dest: each for each in subparsers._get_subactions()}
        grouped = {name for names in _GROUPS.values() for name in names}
        others = tuple(name for name in shown if name not in grouped)
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self.own_actions(), self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        for title, names in (*_GROUPS.items(), ("others", others)):
            formatter.start_section(title)
            formatter.add_arguments([shown[name] for name in names if name in shown])
            formatter.end_section()
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_arguments(
                [each for each in group._group_actions if each is not subparsers]
            )
            formatter.end_section()
        return formatter.format_help() + self.exit_codes_text()


def _command_of(words: Sequence[str]) -> str:
    """The module of the command that a command line begins with, which needs no other; or empty."""
    name = words[0] if words else ""
    module = f"{name}_" if iskeyword(name) else name
    return module if module in _modules() and module not in _OF_ALL else ""


@cache
def _modules() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(commands.__path__))


def _parser(only: str = "") -> CommandParser:
    """The command line.

    :param only: the module of the one command that it has; empty for all of them.
    """
    parser = _Commands(
        prog="metallb",
        description="MetalLB on bare metal, from one reviewed file per cluster.",
    )
    add_common(parser, default=None)
    subparsers = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", parser_class=Command
    )
    for module in [only] if only else _modules():
        importlib.import_module(f"{commands.__name__}.{module}").add(subparsers)
    for command in {id(each): each for each in subparsers.choices.values()}.values():
        add_common(command)
    return parser
