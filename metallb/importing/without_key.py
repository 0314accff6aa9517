"""Settings of peers that a stack file has no key for: refused, so that nothing is lost."""

from collections.abc import Iterator, Sequence
from typing import Any

from metallb.errors import ConfigError
from metallb.importing.racks import OF_ALL, Session
from metallb.problems.problem import Location, Problem
from metallb.routing import BgpPeer, RoutingConfig
from metallb.routing.base import configmap_key

__all__ = ["CODE", "without_key"]

CODE = "E116"
"""Code of what a stack file has no key for."""

_WITHOUT_KEY = ("dynamic_asn", "local_asn", "interface", "vrf")
_APART = "keep this peer's object outside the stack file, and give import the others"
_OF_ALL_HELP = {
    "connect_time": "use one connectTime",
    "router_id": "leave the router ID out: a node then uses an address of its own",
    "enable_graceful_restart": "use one value",
}
_OUTSIDE = "; or keep the objects of peers that differ outside the stack file"
_MOST = 3


def without_key(
    routing: RoutingConfig, found: Sequence[Session], *, one_document: bool
) -> Iterator[Problem]:
    """Every such setting.

    :param one_document: whether the release reads one ConfigMap, beside which there can be no peer.
    """
    for peer in routing.peers:
        for name in _WITHOUT_KEY:
            value = getattr(peer.spec, name)
            if value:
                key = _key(peer, name)
                yield ConfigError(
                    f"{key} {value} of {peer.kind} {peer.name} has no key in a stack file",
                    code=CODE,
                    location=_at(peer, name),
                    help=_APART,
                ).problem
    yield from _of_all(routing, "" if one_document else _OUTSIDE)
    for session in found:
        peer = session.peer
        if peer.spec.source_address and session.host is None:
            yield ConfigError(
                f"source address {peer.spec.source_address} of {peer.kind} {peer.name} has no"
                " single host",
                code=CODE,
                location=_at(peer, "source_address"),
                detail="A stack file gives a source address to a node by its host name",
                help="select the one node that has the address by its host name",
            ).problem
        conditions = [label for label, _ in session.nodes if " " in label]
        if conditions:
            yield ConfigError(
                f"{peer.kind} {peer.name} selects nodes by {conditions[0]}",
                code=CODE,
                location=_at(peer, "node_selectors"),
                detail="A rack of a stack file chooses its nodes by host names or labels",
                help="label the nodes, and select by that label",
            ).problem


def _of_all(routing: RoutingConfig, outside: str) -> Iterator[Problem]:
    for name in OF_ALL:
        values: dict[str, BgpPeer] = {}
        for peer in routing.peers:
            values.setdefault(_shown(getattr(peer.spec, name)), peer)
        if len(values) < 2:
            continue
        listed = [f"{value} of {peer.kind} {peer.name}" for value, peer in values.items()]
        more = [f"and {len(listed) - _MOST} more"] if len(listed) > _MOST else []
        last = list(values.values())[-1]
        key = _key(last, name)
        yield ConfigError(
            f"peers differ in {key}: {', '.join([*listed[:_MOST], *more])}",
            code=CODE,
            location=_at(last, name),
            detail="A stack file has one value for all peers",
            help=_OF_ALL_HELP[name] + outside,
        ).problem


def _at(peer: BgpPeer, name: str) -> Location:
    """Where a field is: an entry of a ConfigMap has it at its top, an object in its spec."""
    if len(peer.origin) > 1:
        return (*peer.origin, configmap_key(type(peer.spec), name))
    return (*peer.origin, "spec", _key(peer, name))


def _shown(value: Any) -> str:
    return "none" if value in (None, "", False) else str(value).lower()


def _key(peer: BgpPeer, name: str) -> str:
    return type(peer.spec).model_fields[name].alias or name
