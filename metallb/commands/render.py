"""`render`: the manifests of a stack, without engine, cluster or account."""

import argparse
from pathlib import Path

from metallb.command_line import STACK_HELP

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "render",
        help="write the Kubernetes manifests of a stack, without engine or cluster",
        description="Writes one YAML file an object, in a folder for each phase of an update. A "
        "cloud's facts come from the snapshot beside the stack file.",
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files and print where they are."""
    from metallb.config.paths import stack_path
    from metallb.render import render

    result = render(stack_path(args.stack), args.output, args.snapshot)
    print(f"{len(result.files)} manifests in {args.output}")
    for chart in result.charts:
        print(f"  values of a Helm chart, with the line that installs it: {chart}")
    if result.with_keys:
        listed = ", ".join(str(each.relative_to(args.output)) for each in result.with_keys)
        print(f"  files that hold a key in clear text or base64: {listed}")
    for pool, addresses in sorted(result.addresses.items()):
        print(f"  pool {pool}: {', '.join(addresses)}")
    for peer in result.peers:
        nodes = "; ".join(each.words() for each in peer.spec.node_selectors or ())
        print(f"  peer {peer.name}: {peer.spec.peer_address} from {nodes}")
    return 0
