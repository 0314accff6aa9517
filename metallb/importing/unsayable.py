"""What peers say that a stack file has no key for: refused by name, so that nothing gets lost."""

from collections.abc import Iterator, Sequence
from typing import Any

from metallb.errors import MetalLBError
from metallb.importing.racks import OF_ALL, Session
from metallb.routing import BgpPeer, RoutingConfig

__all__ = ["unsayable"]

_WITHOUT_KEY = ("dynamic_asn", "local_asn", "interface", "vrf")
_APART = "keep this peer's object outside the stack file, and give import the others"
_OF_ALL_REMEDIES = {
    "connect_time": "use one connectTime",
    "router_id": "leave the router ID out: a node then uses an address of its own",
    "enable_graceful_restart": "use one value",
}
_OUTSIDE = "; or keep the objects of peers that differ outside the stack file"
_MOST = 3


def unsayable(
    routing: RoutingConfig, found: Sequence[Session], *, source: str, one_document: bool
) -> Iterator[MetalLBError]:
    """Every such thing.

    :param source: what to call the file.
    :param one_document: whether the release reads one ConfigMap, beside which no peer can stand.
    """
    for peer in routing.peers:
        for name in _WITHOUT_KEY:
            value = getattr(peer.spec, name)
            if value:
                yield MetalLBError(
                    where=f"{peer.origin}: {_key(peer, name)}",
                    seen=str(value),
                    rule="a stack file has no key for it",
                    remedy=_APART,
                )
    yield from _of_all(routing, source, "" if one_document else _OUTSIDE)
    for session in found:
        if session.peer.spec.source_address and session.host is None:
            yield MetalLBError(
                where=session.peer.origin,
                seen="a source address, and nodes chosen by other labels than the host name",
                rule="a stack file gives a source address to a node by its host name",
                remedy="select the one node that has the address by its host name",
            )
        conditions = [label for label, _ in session.nodes if " " in label]
        if conditions:
            yield MetalLBError(
                where=session.peer.origin,
                seen=conditions[0],
                rule="a rack chooses its nodes by host names or labels",
                remedy="label the nodes, and select by that label",
            )


def _of_all(routing: RoutingConfig, source: str, outside: str) -> Iterator[MetalLBError]:
    for name in OF_ALL:
        values: dict[str, BgpPeer] = {}
        for peer in routing.peers:
            values.setdefault(_shown(getattr(peer.spec, name)), peer)
        if len(values) < 2:
            continue
        listed = [f"{value} of {peer.kind} {peer.name}" for value, peer in values.items()]
        more = [f"and {len(listed) - _MOST} more"] if len(listed) > _MOST else []
        yield MetalLBError(
            where=f"{source}: {_key(routing.peers[0], name)} of the peers",
            seen=", ".join([*listed[:_MOST], *more]),
            rule="a stack file has one value for all peers",
            remedy=_OF_ALL_REMEDIES[name] + outside,
        )


def _shown(value: Any) -> str:
    return "none" if value in (None, "", False) else str(value).lower()


def _key(peer: BgpPeer, name: str) -> str:
    return type(peer.spec).model_fields[name].alias or name
