"""`render`: the manifests of a stack, without engine, cluster or account."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metallb.command_line.common import add_format, note
from metallb.command_line.interrupts import held
from metallb.command_line.options import (
    STACK_OR_INPUT_HELP,
    add_cluster_options,
    add_snapshot_option,
    is_standard_output,
    unused,
)
from metallb.problems.documents import DOCUMENTS
from metallb.problems.errors import UsageError
from metallb.problems.escape import visible

if TYPE_CHECKING:
    from metallb.render import Rendered, RenderResult

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "render",
        help="write the Kubernetes manifests of a stack, without engine or cluster",
        description="Writes one YAML file an object, in a folder for each phase of an update. A "
        "cloud's facts come from the snapshot beside the stack file. Only files that an earlier "
        "run wrote are replaced or removed.",
        exit_codes={3: "--check or --diff-cluster found a difference"},
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_OR_INPUT_HELP)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="folder to write, or to --check; - for standard output",
    )
    add_snapshot_option(parser)
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
        help="write nothing; show how the folder differs from what this command would write",
    )
    parser.add_argument(
        "--managed-by",
        metavar="NAME",
        help="value of the label app.kubernetes.io/managed-by, such as flux (pulumi)",
    )
    group = parser.add_argument_group("compare with a cluster")
    group.add_argument(
        "--diff-cluster",
        action="store_true",
        help="write nothing; show what applying the files would change in the cluster (a dry run "
        "of a server-side apply)",
    )
    add_cluster_options(group)
    group.add_argument(
        "--field-manager",
        metavar="NAME",
        help="who applies: the field manager, such as kustomize-controller (kubectl)",
    )
    add_format(parser.add_argument_group("with --check and --diff-cluster"), *DOCUMENTS)
    parser.set_defaults(run=run, shown=False, document=_document)


def run(args: argparse.Namespace) -> int:
    """Write the files and print where they are, or compare them with what is there."""
    _refuse_unused(args)
    from metallb.render import render, rendered
    from metallb.stackfile.paths import stack_name, stack_path

    options: dict[str, Any] = {
        "with_secrets": args.with_secrets,
        "kustomization": args.kustomization,
    }
    if args.managed_by is not None:
        options["managed_by"] = args.managed_by
    stack = stack_path(args.stack)
    name = stack_name(stack)
    if args.diff_cluster:
        return _compare_cluster(args, name, rendered(stack, args.snapshot, **options))
    if args.check:
        return _compare(args, name, rendered(stack, args.snapshot, **options))
    if is_standard_output(args.output):
        return _print(args, rendered(stack, args.snapshot, **options))
    result = render(stack, args.output, args.snapshot, **options)
    for line in _notes(args.output, result):
        note(visible(line))
    for line in _lines(args.output, result):
        print(visible(line))
    return 0


_OF_CLUSTER = ("kubeconfig", "context", "field_manager")


def _refuse_unused(args: argparse.Namespace) -> None:
    """Refuse options that have no use, and a command without a folder.

    :raises UsageError: there is one.
    """
    if args.diff_cluster:
        given = [name for name in ("output", "check", "kustomization") if getattr(args, name)]
        place, detail = "with --diff-cluster", "The cluster is compared, and no folder"
    else:
        given = [name for name in _OF_CLUSTER if getattr(args, name) is not None]
        place, detail = "without --diff-cluster", "render itself needs no cluster"
    if given:
        raise unused(f"--{given[0].replace('_', '-')}", place, detail=detail)
    if args.format != "text" and not (args.check or args.diff_cluster):
        raise unused(
            f"--format {args.format}",
            "without --check or --diff-cluster",
            detail="Manifests are YAML",
        )
    if args.check and args.output is not None and is_standard_output(args.output):
        raise unused("-o -", "with --check", detail="A folder is compared")
    if args.output is None and not args.diff_cluster:
        raise UsageError(
            "render has no folder to write",
            code="E208",
            help="give it with -o FOLDER; or compare with the cluster: --diff-cluster",
        )


def _compare_cluster(args: argparse.Namespace, name: str, made: "Rendered") -> int:
    from metallb.actions.nodes import live_cluster
    from metallb.actions.rendered import verdict
    from metallb.render.applying import cluster_differences

    cluster = live_cluster(args, made.stack)
    for name in made.files.charts:
        note(visible(f"note: {name} is a chart's, and is not compared"))
    if made.left_out:
        note(visible(f"note: not compared: {', '.join(made.left_out)}"))
    found = cluster_differences(cluster, made.files, args.field_manager or "kubectl")
    return verdict(args, name, found, None)


def _print(args: argparse.Namespace, made: "Rendered") -> int:
    """Write the objects to standard output, in the order in which to apply them.

    :raises UsageError: there is a Helm chart, whose values are no object.
    """
    if made.files.charts:
        raise unused(
            "-o -",
            f"for {args.stack}, which installs a Helm chart",
            detail="The chart's values are no Kubernetes object",
            help="name a folder",
        )
    for name in sorted(made.files.manifests):
        text = made.files.files[name].data.decode("utf-8")
        sys.stdout.write(f"---\n# {visible(name)}\n{text.removeprefix('---').lstrip()}")
    return 0


def _compare(args: argparse.Namespace, name: str, made: "Rendered") -> int:
    from metallb.actions.rendered import verdict
    from metallb.render import folder_differences

    return verdict(args, name, folder_differences(args.output, made.files), args.output)


def _document(args: argparse.Namespace, error: BaseException) -> None:
    with held():
        from metallb.actions.document import document_failure
        from metallb.actions.rendered import DifferencesDocument

    document_failure("render", DifferencesDocument, args, error)


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
        end = peer.spec.peer_address or peer.spec.interface
        yield f"  peer {peer.name}: {end} from {nodes}"
