"""`render`: the manifests of a stack, without engine, cluster or account."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from metallb.command_line.options import STACK_HELP
from metallb.problems.escape import visible

if TYPE_CHECKING:
    from metallb.render import Rendered, RenderResult

__all__ = ["add", "run"]

_DIFFERS = 3


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "render",
        help="write the Kubernetes manifests of a stack, without engine or cluster",
        description="Writes one YAML file an object, in a folder for each phase of an update. A "
        "cloud's facts come from the snapshot beside the stack file. Only files that an earlier "
        "run wrote are replaced or removed.",
    )
    parser.add_argument("stack", help=STACK_HELP)
    parser.add_argument("-o", "--output", required=True, type=Path, help="folder to write")
    parser.add_argument(
        "--snapshot",
        "--answers",
        type=Path,
        metavar="FILE",
        help="snapshot of the platform, if not the one beside the stack",
    )
    parser.add_argument(
        "--with-secrets",
        action="store_true",
        help="also write what holds a key, into folders and files for their owner alone",
    )
    parser.add_argument(
        "--kustomization",
        action="store_true",
        help="also write a kustomization.yaml into each folder where none is",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit code 3, with a diff, where the folder is not what this command "
        "would write",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files and print where they are, or compare them with what is there."""
    from metallb.render import render, rendered
    from metallb.stackfile.paths import stack_path

    options = {"with_secrets": args.with_secrets, "kustomization": args.kustomization}
    stack = stack_path(args.stack)
    if args.check:
        return _compare(args, rendered(stack, args.snapshot, **options))
    result = render(stack, args.output, args.snapshot, **options)
    for note in _notes(args.output, result):
        print(visible(note), file=sys.stderr)
    for line in _lines(args.output, result):
        print(visible(line))
    return 0


def _compare(args: argparse.Namespace, made: "Rendered") -> int:
    from metallb.render import folder_differences

    lines = folder_differences(args.output, made.files)
    if not lines:
        print(visible(f"{args.output} is what {args.stack} renders"))
        return 0
    print("\n".join(map(visible, lines)))
    print(visible(f"{args.output} is not what {args.stack} renders"), file=sys.stderr)
    return _DIFFERS


def _notes(folder: Path, result: "RenderResult") -> Iterator[str]:
    if result.written.completed:
        yield f"note: {folder} held an unfinished set, which is complete now"
    for name in result.written.kept:
        yield f"note: {folder / name} is not written: yours stays"


def _lines(folder: Path, result: "RenderResult") -> Iterator[str]:
    made = result.rendered
    yield f"{len(result.files)} manifests in {folder}"
    for chart in result.charts:
        yield f"  values of a Helm chart, with the line that installs it: {chart}"
    if result.with_keys:
        yield f"  files that hold a key in clear text or base64: {', '.join(made.files.with_keys)}"
    if made.left_out:
        left_out = ", ".join(made.left_out)
        yield f"  left out without --with-secrets, since they hold a key: {left_out}"
    for pool, addresses in sorted(made.addresses.items()):
        yield f"  pool {pool}: {', '.join(addresses)}"
    for peer in made.peers:
        nodes = "; ".join(each.words() for each in peer.spec.node_selectors or ())
        yield f"  peer {peer.name}: {peer.spec.peer_address} from {nodes}"
