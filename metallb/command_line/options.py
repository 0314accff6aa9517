"""Common to every command line of this repository: no abbreviations, nothing empty, and no option
that the command would not use.
"""

import argparse
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted, visible
from metallb.releases import Release, parse_release

__all__ = [
    "COMMON_OPTIONS",
    "EXIT_CODES",
    "STACK_HELP",
    "STACK_OR_INPUT_HELP",
    "Command",
    "CommandParser",
    "add_chosen_node_options",
    "add_cluster_options",
    "add_node_options",
    "add_snapshot_option",
    "add_variable_option",
    "is_standard_output",
    "refuse_empty",
    "release",
    "unused",
    "whole_number",
]

COMMON_OPTIONS = "common options"
"""Title of the options that every command has."""
EXIT_CODES = {
    0: "done",
    1: "a failure",
    2: "a mistake in the command line or a file; nothing was changed",
    130: "interrupted",
    141: "nothing reads the output any more",
}
"""What the exit codes of every command mean, where it has no others."""
STACK_HELP = "name of a stack (or organization/name), or path of a stack file"
"""Help of the argument that every command takes (`metallb.loading.stack.load`)."""
STACK_OR_INPUT_HELP = f"{STACK_HELP}; - for standard input"
"""The same, of a command that keeps no state."""


class CommandParser(argparse.ArgumentParser):
    """A parser, and by it its subparsers, that takes options by their whole names alone.

    An abbreviation may mean another option tomorrow, and `--y` is no consent.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, "add_help": False, **kwargs})
        self.add_argument(
            "-h",
            "--help",
            action="help",
            help="print this help and stop",
            default=argparse.SUPPRESS,
        )
        self.before_parsing: Callable[[CommandParser, Sequence[str]], None] | None = None
        """Called once with the words of the command, to declare options that depend on them."""

    def error(self, message: str) -> NoReturn:
        """End with 2 and the message, which quotes what was typed."""
        self.exit(2, f"error: {visible(message)}\n  help: {self.prog} --help lists what it takes\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, but that an option of no command is refused first, with the nearest."""
        words = list(sys.argv[1:] if args is None else args)
        late, self.before_parsing = self.before_parsing, None
        if late is not None:
            late(self, words)
        self._refuse_unknown(words)
        return super().parse_known_args(words, namespace)

    def _refuse_unknown(self, words: Sequence[str]) -> None:
        """End with 2 where an option is none of this parser's, up to the command of another one.

        argparse would first miss an argument that the option was meant to replace.
        """
        options = self._option_string_actions
        commands = [each for each in self._actions if isinstance(each, argparse._SubParsersAction)]
        left = iter(words)
        for word in left:
            name, sign, _ = word.partition("=")
            known = options.get(name)
            if word == "--" or (commands and not word.startswith("-")):
                return
            if known is not None and known.nargs is None and not sign:
                next(left, None)  # its value
            elif known is None and (found := self._unknown(name, commands)):
                self.error(f"unrecognized arguments: {word}{found}")

    def _unknown(self, name: str, commands: "Sequence[argparse._SubParsersAction[Any]]") -> str:
        """What to say of an option that this parser does not have; empty where argparse knows."""
        options = self._option_string_actions
        if not name.startswith("--"):
            # `-output` is `-o` with a value for argparse, and may be a negative number.
            return f" (did you mean -{name}?)" if len(name) > 2 and f"-{name}" in options else ""
        takers = {
            key for each in commands for key, one in each.choices.items() if name in one.options
        }
        if takers:
            return ": it is an option of commands, and stands behind the command"
        near = _nearest(name, options)
        return f" (did you mean {near}?)" if near else ": there is no such option"

    @property
    def options(self) -> frozenset[str]:
        """Every way to write its options."""
        return frozenset(self._option_string_actions)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Name the nearest command or value in place of a long list."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            near = _nearest(str(value), map(str, action.choices or ()))
            if near:
                error.message = f"invalid choice: {quoted(str(value))} (did you mean {near}?)"
            raise


class Command(CommandParser):
    """The parser of a command, whose help has a short usage and the exit codes."""

    def __init__(
        self, *args: Any, exit_codes: Mapping[int, str] | None = None, **kwargs: Any
    ) -> None:
        """As argparse does.

        :param exit_codes: what exit codes mean, where it is something else than for every command.
        """
        super().__init__(*args, **kwargs)
        self.exit_codes = exit_codes or {}

    def own_actions(self) -> list[argparse.Action]:
        """Its options and arguments without those of every command."""
        common = {
            id(action)
            for group in self._action_groups
            if group.title == COMMON_OPTIONS
            for action in group._group_actions
        }
        return [each for each in self._actions if id(each) not in common]

    def exit_codes_text(self) -> str:
        """The end of the help."""
        codes = sorted({**EXIT_CODES, **self.exit_codes}.items())
        width = max(shutil.get_terminal_size().columns - 2, 40)
        lines = [
            textwrap.fill(meaning, width, initial_indent=f"  {code:<5} ", subsequent_indent=" " * 8)
            for code, meaning in codes
        ]
        return "\n".join(["", "exit codes:", *lines, ""])

    def format_usage(self) -> str:
        """The usage without the options of every command."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self.own_actions(), self._mutually_exclusive_groups)
        return formatter.format_help()

    def format_help(self) -> str:
        """As argparse does, with a short usage in front and the exit codes at the end."""
        before = self.format_usage()
        usage, self.usage = self.usage, argparse.SUPPRESS
        try:
            return f"{before}\n{super().format_help()}{self.exit_codes_text()}"
        finally:
            self.usage = usage


def _nearest(word: str, known: Iterable[str]) -> str:
    """The one that a word was meant to be; empty where none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1, cutoff=0.7)), "")


def is_standard_output(path: Path | None) -> bool:
    """Whether `-o` names standard output, or was left out."""
    return path is None or str(path) == "-"


def refuse_empty(argv: Sequence[str] | None) -> None:
    """No argument of a command line is empty: most often a shell variable is not set.

    :raises UsageError: one is.
    """
    words = sys.argv[1:] if argv is None else argv
    for position, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--") and "=" in word else word
        if not value.strip():
            shown = shlex.join(words[: position + 1])
            raise UsageError(
                f"argument {position + 1} is empty: {shown}",
                code="E208",
                detail="Most often a shell variable is not set.",
                help="give it a value, or leave it out together with its option",
            )


def unused(option: str, place: str, *, detail: str, help: str = "leave it out") -> UsageError:
    """The refusal of an option that would change nothing.

    :param place: where it has no use: `with --json`, `without -o`, `for stack file x.yaml`.
    :param detail: why it is not used there.
    """
    return UsageError(f"{option} has no use {place}", location=(option,), detail=detail, help=help)


def whole_number(text: str) -> int:
    """A number of at least one, in decimal digits, for argparse."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) >= 1):
        msg = f"{quoted(text)} is not a whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def release(text: str) -> Release:
    """A release of MetalLB, for argparse."""
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (sign and re.fullmatch(r"[A-Za-z_][\w-]*", name)):
        msg = f"{quoted(text)} is not NAME=VALUE"
        raise argparse.ArgumentTypeError(msg)
    return name, value


def add_variable_option(parser: argparse._ActionsContainer) -> None:
    """The option that gives a variable of a Lokomotive configuration its value."""
    parser.add_argument(
        "--var",
        action="append",
        type=_variable,
        default=[],
        metavar="NAME=VALUE",
        help="value of a variable of Lokomotive; may be repeated",
    )


def add_snapshot_option(parser: argparse._ActionsContainer) -> None:
    """The option that names the facts of a platform; it had another name in the first version."""
    parser.add_argument(
        "--snapshot",
        "--answers",
        type=Path,
        metavar="FILE",
        help="snapshot of the platform, if not the one beside the stack file",
    )


def add_cluster_options(group: argparse._ActionsContainer) -> None:
    """Options that name another cluster than the stack file's."""
    group.add_argument("--kubeconfig", metavar="FILE", help="kubeconfig, if not the stack file's")
    group.add_argument("--context", metavar="NAME", help="context, if not the stack file's")


def add_node_options(group: argparse._ActionsContainer) -> None:
    """Options that name a source of the cluster's nodes."""
    source = group.add_mutually_exclusive_group()
    source.add_argument(
        "--nodes",
        type=Path,
        metavar="FILE",
        help="output of `kubectl get nodes -o json`; - for standard input",
    )
    source.add_argument(
        "--cluster", action="store_true", help="read them from the cluster of metallb:kubernetes"
    )
    add_cluster_options(group)


def add_chosen_node_options(parser: argparse.ArgumentParser) -> None:
    """Options that say which nodes a label chooses."""
    group = parser.add_argument_group("nodes that are chosen by label")
    group.add_argument(
        "--count",
        action="append",
        default=[],
        metavar="RACK=N",
        help="how many nodes a rack's label, or a selector such as zone=b, chooses",
    )
    add_node_options(group)
