"""`completion`: what a shell needs to complete commands, options, stacks, codes and files."""

import argparse
import sys
from pathlib import Path
from typing import Any

from metallb.command_line.interrupts import held

__all__ = ["add", "run"]

_SHELLS = ("bash", "zsh", "fish")
_STACKS = ("stack", "targets")
"""Arguments that are the name of a stack, or a path."""
_FILES = ("file", "against")
"""Options without a type that are, or may be, the path of a file."""
_PREAMBLE = {
    "bash": r"""
_metallb_stacks() {
  local i file name names=() folders=(stacks .)
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == --dir ]]; then
      name=${COMP_WORDS[i + 1]}
      [[ $name != "=" ]] || name=${COMP_WORDS[i + 2]}
      folders=("${name/#\~/$HOME}")
    fi
  done
  for name in "${folders[@]}"; do
    for file in "$name"/Pulumi.*.yaml "$name"/Pulumi.*.yml; do
      [[ -e $file ]] || continue
      file=${file##*/Pulumi.}
      names+=("${file%.y*ml}")
    done
  done
  compgen -W "${names[*]}" -- "$1" || compgen -f -- "$1"
}
_metallb_codes() {
  compgen -W "CODES" -- "$(printf %s "$1" | tr a-z A-Z)"
}
_metallb_platforms() {
  compgen -W "PLATFORMS" -- "$1"
}
""",
    "zsh": r"""
_metallb_stacks() {
  local -a names folders=(stacks .) typed=(${(z)BUFFER:-$words})
  local i=${typed[(i)--dir]}
  (( i < $#typed )) && folders=(${~${(Q)typed[i + 1]}})
  i=${typed[(r)--dir=*]}
  [[ -z $i ]] || folders=(${~${(Q)i#--dir=}})
  names=(${^folders}/Pulumi.*.(yaml|yml)(N:t:r))
  names=(${names#Pulumi.})
  compadd -a names || _files
}
""",
    "fish": r"""
function _metallb_stacks
  set -l folders stacks .
  set -l tokens (commandline -opc)
  for i in (seq (count $tokens))
    if test "$tokens[$i]" = --dir -a $i -lt (count $tokens)
      set folders (string replace -r '^~' $HOME -- $tokens[(math $i + 1)])
    else if string match -q -- '--dir=*' $tokens[$i]
      set folders (string replace -- '--dir=' '' $tokens[$i])
    end
  end
  set -l names
  for folder in $folders
    for file in $folder/Pulumi.*.yaml $folder/Pulumi.*.yml
      set -a names (string replace -r '^.*/Pulumi\.(.*)\.ya?ml$' '$1' -- $file)
    end
  end
  set -l fitting (string match -- (commandline -ct)'*' $names)
  if test (count $fitting) -gt 0
    printf '%s\n' $fitting
  else
    __fish_complete_path (commandline -ct)
  end
end
""",
}
"""Functions of the shells, which look for stacks by themselves: a key press starts no Python."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "completion",
        help="print the completion of a shell",
        description="Prints the completion of `metallb`: commands, options, their values, names of "
        "stacks, codes, files. For bash: metallb completion bash > "
        "~/.local/share/bash-completion/completions/metallb. For zsh: into _metallb in a folder of "
        "fpath. For fish: into ~/.config/fish/completions/metallb.fish. Print it again after an "
        "update of the package.",
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell that reads it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    with held():
        import shtab

        from metallb.platforms.registry import kinds
        from metallb.preflight import rules
        from metallb.problems.codes import CODES

    codes = " ".join((*(each.id for each in rules()), *CODES))
    platforms = " ".join(kind for kind, each in kinds().items() if each.new_options)
    parser: argparse.ArgumentParser = args.parser
    for action in _actions(parser):
        complete = _completer(action, codes, platforms, shtab)
        if complete:
            action.complete = complete  # type: ignore[attr-defined]
    preamble = {
        shell: text.replace("CODES", codes).replace("PLATFORMS", platforms)
        for shell, text in _PREAMBLE.items()
    }
    sys.stdout.write(shtab.complete(parser, args.shell, preamble=preamble))
    return 0


def _completer(action: argparse.Action, codes: str, platforms: str, shtab: Any) -> Any:
    """What completes an argument; None where shtab knows by itself, or nothing does."""
    if action.dest in _STACKS:
        name = "_metallb_stacks"
        return {"bash": name, "zsh": name, "fish": f"({name})"}
    if action.dest == "explain":
        return {"bash": "_metallb_codes", "zsh": f"({codes})", "fish": codes}
    if action.dest == "platform":
        return {"bash": "_metallb_platforms", "zsh": f"({platforms})", "fish": platforms}
    if action.metavar == "DIR":
        return shtab.DIRECTORY
    return shtab.FILE if action.type is Path or action.dest in _FILES else None


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The arguments and options of a parser and its commands."""
    found = list(parser._actions)
    for each in parser._actions:
        if isinstance(each, argparse._SubParsersAction):
            found += [action for inner in each.choices.values() for action in inner._actions]
    return found
