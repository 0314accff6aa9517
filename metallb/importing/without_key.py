"""Settings of peers that a stack file has no key for: refused, so that nothing is lost."""

from collections.abc import Iterator, Sequence
from typing import Any

from metallb.importing.racks import Session
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem
from metallb.routing import BgpPeer, RoutingConfig
from metallb.routing.fields import configmap_key, is_set, manifest_key
from metallb.routing.stack_keys import differs, has_no_key

__all__ = ["CODE", "without_key"]

CODE = "E116"
"""Code of what a stack file has no key for."""

_APART = "keep this peer's object outside the stack file, and give import the others"


def without_key(routing: RoutingConfig, found: Sequence[Session]) -> Iterator[Problem]:
    """Every such setting."""
    for peer in routing.peers:
        for name in type(peer.spec).model_fields:
            if has_no_key(peer.kind, name) and is_set(peer.spec, name):
                key = manifest_key(type(peer.spec), name)
                yield ConfigError(
                    f"{key} {_shown(getattr(peer.spec, name))} of {peer.kind} {peer.name} has no "
                    "key in a stack file",
                    code=CODE,
                    location=_at(peer, name),
                    detail=_reason(peer.kind, name),
                    help=_APART,
                ).problem
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


def _reason(kind: str, name: str) -> str:
    found = differs(kind, name)
    return f"{found.why[0].upper()}{found.why[1:]}" if found is not None else ""


def _at(peer: BgpPeer, name: str) -> Location:
    """Where a field is: an entry of a ConfigMap has it at its top, an object in its spec."""
    if len(peer.origin) > 1:
        return (*peer.origin, configmap_key(type(peer.spec), name))
    return (*peer.origin, "spec", manifest_key(type(peer.spec), name))


def _shown(value: Any) -> str:
    return "true" if value is True else str(value)
