"""`completion`: what a shell needs to complete commands, options and files."""

import argparse
import sys
from pathlib import Path

from metallb.command_line.interrupts import held

__all__ = ["add", "run"]

_SHELLS = ("bash", "zsh", "fish")
_FILES = ("stack", "targets", "file", "folder")
"""Arguments that are, or may be, the path of a file."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "completion",
        help="print the completion of a shell",
        description="Prints the completion of `metallb`. For bash: metallb completion bash > "
        "~/.local/share/bash-completion/completions/metallb. For zsh: into _metallb in a folder of "
        "fpath. For fish: into ~/.config/fish/completions/metallb.fish.",
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell that reads it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    with held():
        import shtab

    parser: argparse.ArgumentParser = args.parser
    parser.prog = "metallb"
    for action in _actions(parser):
        if action.type is Path or action.dest in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    sys.stdout.write(shtab.complete(parser, args.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The arguments and options of a parser and its commands."""
    found = list(parser._actions)
    for each in parser._actions:
        if isinstance(each, argparse._SubParsersAction):
            found += [action for inner in each.choices.values() for action in inner._actions]
    return found
