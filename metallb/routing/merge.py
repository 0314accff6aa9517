"""Peers that differ in nothing but their nodes are one peer."""

from collections.abc import Iterable, Sequence
from typing import Any

from metallb.routing.peers import BgpPeer, BgpPeerSpec
from metallb.routing.selectors import LabelSelector, hosts_selector

__all__ = ["merge_peers"]

_ALIKE = tuple(name for name in BgpPeerSpec.model_fields if name != "node_selectors")


def merge_peers(peers: Iterable[BgpPeer]) -> tuple[BgpPeer, ...]:
    """Peers that differ in nothing but their nodes become one, under the first one's name.

    Fewer objects mean a faster update (each one is a resource) and a shorter ConfigMap.
    """
    groups: dict[tuple[Any, ...], list[BgpPeer]] = {}
    for peer in peers:
        groups.setdefault(tuple(getattr(peer.spec, name) for name in _ALIKE), []).append(peer)
    return tuple(_merged(group) for group in groups.values())


def _merged(group: Sequence[BgpPeer]) -> BgpPeer:
    first = group[0]
    if len(group) == 1:
        return first
    selectors = [
        selector for peer in group for selector in peer.spec.node_selectors or (LabelSelector(),)
    ]
    hosts: list[str] = []
    others: list[LabelSelector] = []
    for selector in selectors:
        if selector.hosts:
            hosts += selector.hosts
        elif selector not in others:
            others.append(selector)
    merged = ((hosts_selector(hosts),) if hosts else ()) + tuple(others)
    spec = first.spec.model_copy(update={"node_selectors": merged})
    return first.model_copy(update={"spec": spec})
