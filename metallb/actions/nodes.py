"""Which nodes a label chooses: from options of the command line, a file, or the cluster."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from metallb.command_line.options import unused
from metallb.command_line.standard_input import file_of, in_words
from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted
from metallb.stackfile import StackConfig
from metallb.stackfile.files import read_text
from metallb.topology.nodes import KnownNodes, nodes_of, nodes_of_text

if TYPE_CHECKING:
    from metallb.status.cluster import LiveCluster

__all__ = ["counts_of", "known_nodes", "live_cluster", "refuse_unused_nodes"]


def refuse_unused_nodes(args: argparse.Namespace, *, cluster: bool = False) -> None:
    """Refuse options of a cluster that is not read.

    :param cluster: whether it is read for another reason.
    :raises UsageError: there is one.
    """
    for option in ("kubeconfig", "context") if not (args.cluster or cluster) else ():
        if getattr(args, option):
            raise unused(f"--{option}", "without --cluster", detail="No cluster is read")


def counts_of(given: Iterable[str]) -> dict[str, int]:
    """Numbers of nodes by rack or selector.

    :raises UsageError: one is no number.
    """
    found = {}
    for text in given:
        name, _, number = text.rpartition("=")
        if not (name and number.isascii() and number.isdigit() and 1 <= int(number) <= 100_000):
            raise UsageError(
                f"--count {quoted(text)} is no number of nodes",
                code="E208",
                detail="It is a rack or a label selector, and how many nodes it chooses.",
                help="write --count rack-b=12, or --count zone=b=12",
            )
        found[name] = int(number)
    return found


def known_nodes(args: argparse.Namespace, stack: StackConfig) -> KnownNodes | None:
    """The nodes of --nodes or --cluster; None without either.

    :raises ConfigError: the file is no list of nodes.
    :raises EngineError: the API server does not answer.
    """
    if args.nodes is not None:
        path = file_of(args.nodes)
        return nodes_of_text(read_text(path), in_words(str(path)))
    if not args.cluster:
        return None
    return nodes_of(live_cluster(args, stack).list("/api/v1/nodes") or ())


def live_cluster(args: argparse.Namespace, stack: StackConfig, **options: Any) -> "LiveCluster":
    """The cluster of the stack file, or of the options.

    :param options: further ones of `LiveCluster`.
    """
    from metallb.status.cluster import LiveCluster

    kubernetes = stack.kubernetes
    return LiveCluster(
        args.kubeconfig or kubernetes.kubeconfig, args.context or kubernetes.context, **options
    )
