"""Addresses and labels of the cluster's nodes, from the list that the Kubernetes API has. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metallb.algebra.addresses import address_of
from metallb.algebra.selectors import HOSTNAME_LABEL, Selector, chooses
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Position, Problem, Severity
from metallb.stackfile.grammar import is_label_value

__all__ = ["KnownNode", "KnownNodes", "nodes_of", "nodes_of_text"]


@dataclass(frozen=True)
class KnownNode:
    """A node of the cluster.

    :ivar host: value of its label kubernetes.io/hostname.
    :ivar addresses: its addresses of type InternalIP, in the order of the API.
    """

    host: str
    labels: Mapping[str, str]
    addresses: tuple[str, ...]

    def address(self, version: int) -> str:
        """Its first address of an IP version; empty without one."""
        for text in self.addresses:
            found = address_of(text)
            if found is not None and found.version == version:
                return str(found)
        return ""


@dataclass(frozen=True)
class KnownNodes:
    """The nodes of a cluster, by the value of their host name label."""

    by_host: Mapping[str, KnownNode]

    def chosen(self, selector: Selector, speakers: Selector) -> list[KnownNode]:
        """The nodes that a selector chooses and that run a speaker.

        :param speakers: what chooses the nodes that run speakers.
        """
        return [
            node
            for _, node in sorted(self.by_host.items())
            if chooses(selector, node.labels) and chooses(speakers, node.labels)
        ]


def nodes_of(items: Iterable[Mapping[str, Any]]) -> KnownNodes:
    """The nodes of the API's Node objects; those without a host name label are left out."""
    found = {}
    for item in items:
        labels = {str(k): str(v) for k, v in (_mapping(item, "metadata", "labels")).items()}
        listed = _mapping(item, "status").get("addresses") or ()
        addresses = tuple(
            str(each.get("address", ""))
            for each in (listed if isinstance(listed, Sequence) else ())
            if isinstance(each, Mapping) and each.get("type") == "InternalIP"
        )
        host = labels.get(HOSTNAME_LABEL, "")
        # Another one could end a line of a router's configuration.
        if host and is_label_value(host):
            found[host] = KnownNode(host, labels, addresses)
    return KnownNodes(found)


def nodes_of_text(text: str, source: str) -> KnownNodes:
    """The nodes of what `kubectl get nodes -o json` prints.

    :param source: what messages call the file.
    :raises ConfigError: it is something else.
    """
    try:
        read: Any = json.loads(text)
    except ValueError:
        read = None
    items = read.get("items") if isinstance(read, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        problem = Problem(
            "E113",
            Severity.ERROR,
            "the file is no list of nodes in JSON",
            detail="It is what `kubectl get nodes -o json` prints.",
            help="run `kubectl get nodes -o json > nodes.json`",
            position=Position(source),
        )
        raise ConfigError.of([problem], problem.summary)
    return nodes_of(items)


def _mapping(item: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    value: Any = item
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
