"""`routers`: the routers' half of the sessions, written as a configuration or compared with one."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from metallb.actions.nodes import known_nodes, refuse_unused_nodes
from metallb.actions.verdict import noted, verdict
from metallb.command_line.common import note
from metallb.command_line.options import is_standard_output, unused
from metallb.command_line.standard_input import file_of, in_words
from metallb.loading.stack import LoadedStack, load
from metallb.preflight import refuse
from metallb.problems.codes import CODES
from metallb.problems.documents import as_format
from metallb.problems.errors import ConfigError, MetalLBError, UsageError
from metallb.problems.escape import escaped, quoted, visible
from metallb.problems.file_errors import file_error
from metallb.problems.problem import Problem, Severity
from metallb.problems.text import PLAIN
from metallb.routers.build import halves_of, without_half
from metallb.routers.compare import Comparison, compare
from metallb.routers.dialects import DIALECTS
from metallb.routers.model import Half
from metallb.stackfile import StackConfig
from metallb.stackfile.files import read_text
from metallb.writing.files import refuse_taken, write_file

__all__ = ["document", "run"]

_MADE_BY = "Made by: metallb routers "
"""In the first lines of every file that this command writes."""


def run(args: argparse.Namespace) -> int:
    """Write the routers' half, or compare it with what a router has."""
    _refuse_unused(args)
    loaded = load(args.stack)
    stack = _readable(loaded)
    refuse(loaded.findings, source=loaded.source)
    facts = loaded.snapshot(args.snapshot)
    words = stack.platform.provider_routers(stack, facts)
    if words:
        return _provider(args, stack, words)
    if stack.platform.looks_up and facts is None:
        facts = loaded.snapshot(required=True)
    with loaded.locations.errors():
        every = halves_of(stack, facts, known_nodes(args, stack))
        without = without_half(stack, facts)
    for name, reason in without.items():
        note(f"note: router {name} is left out: {reason}")
    halves = _chosen(args, loaded, every)
    if not args.check:
        return _written(args, loaded, halves)
    others = [half for half in every if half not in halves]
    return _checked(args, Comparison(stack, facts, halves, others))


def document(args: argparse.Namespace, error: BaseException) -> None:
    """The document of a comparison that ended with an error, so that its reader finds the error."""
    if args.check and args.format != "text" and not args.shown and isinstance(error, MetalLBError):
        print(as_format(error.problems, args.format, (), PLAIN))


def _readable(loaded: LoadedStack) -> StackConfig:
    """The stack as far as it can be read without the engine: keys are not needed."""
    return loaded.readable or loaded.config


def _refuse_unused(args: argparse.Namespace) -> None:
    """Refuse options that the others leave without a use.

    :raises UsageError: there is one.
    """
    if args.check and args.output:
        raise unused("--output", "with --check", detail="A comparison writes no file")
    for option in ("strict", "format") if not args.check else ():
        if getattr(args, option) not in (False, "text"):
            raise unused(f"--{option}", "without --check", detail="Nothing is compared")
    if args.force and is_standard_output(args.output):
        raise unused("--force", "without -o", detail="Standard output replaces no file")
    refuse_unused_nodes(args)


def _provider(args: argparse.Namespace, stack: StackConfig, words: str) -> int:
    """The provider's half, in the words of the platform's package."""
    kind = stack.platform.kind
    given = (
        ("--check", args.check),
        ("--router", args.router),
        ("--output", args.output),
        ("--nodes", args.nodes),
        ("--cluster", args.cluster),
    )
    for option, value in given:
        if value:
            detail = "Its routers are configured by the provider"
            raise unused(option, f"for a stack of kind {kind}", detail=detail)
    sys.stdout.write(escaped(words))
    return 0


def _chosen(
    args: argparse.Namespace, loaded: LoadedStack, halves: Sequence[Half]
) -> tuple[Half, ...]:
    if not halves:
        raise UsageError(
            "the stack has no router",
            code="E201",
            detail="Layer 2 announces its pools, and its nodes keep no BGP session.",
            help="add routers to a rack where BGP is meant; layer 2 needs none",
        )
    chosen = tuple(half for half in halves if args.router in (None, half.name))
    if not halves:
        raise UsageError(
            "the stack has no router whose half can be written",
            code="E201",
            detail="A half needs the router's address and its AS number.",
            help="write the routers' addresses and AS numbers in the stack file",
        )
    if not chosen:
        names = [half.name for half in halves]
        near = get_close_matches(args.router, names, n=1)
        raise UsageError(
            f"the stack has no router {quoted(args.router)}",
            code="E201",
            detail=f"Its routers are {', '.join(names)}.",
            help=f"did you mean {near[0]}?" if near else "use one of these names",
        )
    refuse(map(loaded.locations.in_file, _without_address(chosen)), source=loaded.source)
    return chosen


def _without_address(halves: Sequence[Half]) -> Iterator[Problem]:
    """Nodes of which neither an address nor a network is known."""
    for half in halves:
        for entry in half.entries:
            for each in entry.ranges:
                if not each.blocks:
                    yield Problem(
                        "E651",
                        Severity.ERROR,
                        f"router {half.name}: neither the addresses of {each.nodes} nor a network "
                        "of the nodes is known",
                        each.origin,
                        CODES["E651"].requirement,
                        "write metallb:kubernetes.nodeCidrs, or give --nodes FILE or --cluster",
                    )


def _written(args: argparse.Namespace, loaded: LoadedStack, halves: Sequence[Half]) -> int:
    dialect = DIALECTS[args.dialect]
    texts = {half.name: escaped(dialect.text(half, loaded.name)) for half in halves}
    _note_ranges(halves)
    if is_standard_output(args.output):
        sys.stdout.write("\n".join(texts.values()))
        return 0
    _make_folder(args.output)
    files = {args.output / f"{name}{dialect.suffix}": text for name, text in texts.items()}
    for path in files if not args.force else ():
        # Of several files all are written, or none.
        refuse_taken(path, ours=_is_half)
    for path, text in files.items():
        write_file(path, text, ours=_is_half, force=args.force)
        print(visible(f"wrote {path}"))
    return 0


def _note_ranges(halves: Sequence[Half]) -> None:
    listed = [each for half in halves for entry in half.entries for each in entry.ranges]
    unknown = dict.fromkeys(each.nodes for each in listed if not each.by_label)
    labels = dict.fromkeys(each.nodes for each in listed if each.by_label)
    if unknown:
        note(
            f"note: the addresses of {'; '.join(unknown)} are not known: their routers take a "
            "range; --nodes FILE or --cluster gives neighbors by address"
        )
    if labels:
        note(f"note: nodes by label ({'; '.join(labels)}): their routers take a range")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise file_error(error, {str(folder), str(error.filename)}) from error


def _is_half(text: str) -> bool:
    """Whether a file that begins like this was written by this command."""
    return _MADE_BY in text[:1000]


def _checked(args: argparse.Namespace, comparison: Comparison) -> int:
    found: list[Problem] = []
    for path in map(file_of, args.check):
        try:
            result = compare(comparison, read_text(path), in_words(str(path)))
        except ConfigError as error:
            found += error.problems
            continue
        found += result.problems
        for each in result.notes:
            noted(each)
    return verdict(found, args)
