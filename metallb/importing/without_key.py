"""Peers that no stack file has: refused, so that nothing is lost."""

from collections.abc import Iterator, Sequence

from metallb.importing.racks import Session
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem
from metallb.routing import BgpPeer, RoutingConfig
from metallb.routing.fields import alternatives, configmap_key, declared, is_set, manifest_key

__all__ = ["CODE", "without_key"]

CODE = "E116"
"""Code of what a stack file has no key for."""


def without_key(routing: RoutingConfig, found: Sequence[Session]) -> Iterator[Problem]:
    """Every such peer."""
    for peer in routing.peers:
        model = type(peer.spec)
        for name, other in alternatives(model).items():
            both = is_set(peer.spec, name) and is_set(peer.spec, other)
            if both and declared(model, name).instead_of and name != "password_secret":
                one, two = manifest_key(model, other), manifest_key(model, name)
                yield ConfigError(
                    f"{peer.kind} {peer.name} sets both {one} and {two}",
                    code=CODE,
                    location=_at(peer, name),
                    detail="MetalLB refuses a configuration with such a peer",
                    help="remove one of the two",
                ).problem
    for session in found:
        peer = session.peer
        if any(label.endswith(" In") for label, _ in session.nodes):
            yield ConfigError(
                f"{peer.kind} {peer.name} selects no node: its conditions exclude each other",
                code=CODE,
                location=_at(peer, "node_selectors"),
                detail="A rack of a stack file has nodes",
                help="correct the conditions, or remove the peer",
            ).problem


def _at(peer: BgpPeer, name: str) -> Location:
    """Where a field is: an entry of a ConfigMap has it at its top, an object in its spec."""
    if len(peer.origin) > 1:
        return (*peer.origin, configmap_key(type(peer.spec), name))
    return (*peer.origin, "spec", manifest_key(type(peer.spec), name))
