"""What every platform's peers have in common: the spec built from `metallb:bgp`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from metallb.platforms.base import PeerSlot
from metallb.platforms.facts import NodeFacts
from metallb.platforms.facts import Session as SessionFacts
from metallb.problems.errors import PlatformError
from metallb.routing import BgpPeer, BgpPeerSpec, PasswordSecret, hosts_selector
from metallb.routing.fields import alternatives
from metallb.routing.stack_keys import Level, fields_set

if TYPE_CHECKING:
    from metallb.stackfile.base import Section
    from metallb.stackfile.stack import StackConfig

__all__ = [
    "BGP_PASSWORD",
    "AtLevel",
    "common_spec",
    "merged",
    "object_name",
    "passwords",
    "session_peer",
]

BGP_PASSWORD = "bgp-password"  # noqa: S105 - the name of a Secret
"""Name of the Secret with `metallb:bgp.password`."""
_DEFAULTS = {
    name: field.default
    for name, field in BgpPeerSpec.model_fields.items()
    if not field.is_required() and field.default is not None
}


AtLevel = tuple[Level, "Section"]
"""A mapping of the stack file that sets fields of peers, and its level."""


def merged(stack: "StackConfig", *nearer: AtLevel, own_secret: str = "") -> dict[str, Any]:
    """The fields of a peer that the stack file sets, by name: what all peers have in common, then
    the nearer levels, each over the one before. An MD5 key is the name of its Secret.

    :param nearer: the rack, the router, the node; the nearest last.
    :param own_secret: the Secret with the router's own key, where it has one.
    """
    found = {
        **_DEFAULTS,
        "my_asn": stack.my_asn,
        "peer_asn": stack.peer_asn,
        "hold_time": stack.hold_time,
    }
    instead = alternatives(BgpPeerSpec)
    for level, section in ((Level.ALL_PEERS, stack.bgp), *nearer):
        own = dict(fields_set(section, level))
        if own.pop("password", None) is not None:
            own["password_secret"] = own_secret if level is Level.ROUTER else BGP_PASSWORD
        for name in own:
            # Of two fields that exclude each other the nearer level's counts.
            found.pop(instead.get(name, ""), None)
        found |= own
    if "password_secret" in found:
        found["password_secret"] = PasswordSecret(name=found["password_secret"])
    if not stack.bgp.source_address:
        found.pop("source_address", None)
    return {name: value for name, value in found.items() if value is not None}


def common_spec(
    stack: "StackConfig", *nearer: AtLevel, own_secret: str = "", **fields: Any
) -> BgpPeerSpec:
    """A peer's spec: what the stack file sets, overridden by fields that are not None."""
    base = merged(stack, *nearer, own_secret=own_secret)
    base.update({key: value for key, value in fields.items() if value is not None})
    if not base.get("ebgp_multi_hop"):
        # False is what MetalLB assumes; leaving it out keeps objects as short as written by hand.
        base.pop("ebgp_multi_hop", None)
    return BgpPeerSpec.model_validate(base)


def passwords(stack: "StackConfig") -> dict[str, SecretStr]:
    """The MD5 key that all sessions share, by the name of its Secret."""
    return {BGP_PASSWORD: stack.bgp.password} if stack.bgp.password is not None else {}


def object_name(*parts: str) -> str:
    """A Kubernetes object name of several parts; colons of an IPv6 address become hyphens."""
    return "-".join(part.replace(":", "-").strip("-") for part in parts)


def session_peer(stack: "StackConfig", slot: PeerSlot, nodes: Sequence[NodeFacts]) -> BgpPeer:
    """The peer of a slot, from the sessions that its nodes have.

    :raises PlatformError: a node has not the sessions that the stack file expects, the nodes of one
        peer have different routers, or a router expects a key that the stack has not.
    """
    ends = list(dict.fromkeys(_session(stack, slot, node) for node in nodes))
    if len(ends) > 1:
        raise PlatformError(
            f"the devices of peer {slot.name} have different BGP routers",
            location=slot.origin,
            detail="Without source addresses one peer stands for all nodes.",
            help="write `sourceAddress: true` below metallb:bgp, which makes one peer a node",
        )
    [end] = ends
    spec = common_spec(
        stack,
        my_asn=end.local_asn,
        peer_asn=end.peer_asn,
        peer_address=end.peer_address,
        source_address=end.source_address or None,
        ebgp_multi_hop=end.multihop if stack.bgp.ebgp_multi_hop is None else None,
        node_selectors=(hosts_selector(node.hostname for node in nodes),),
    )
    return BgpPeer(name=slot.name, spec=spec, origin=slot.origin)


def _session(stack: "StackConfig", slot: PeerSlot, node: NodeFacts) -> SessionFacts:
    """A node's session of a slot, with its source address only where sessions have one."""
    found = sorted(
        (each for each in node.sessions if each.family is slot.family),
        key=lambda each: each.peer_address,
    )
    if len(found) != slot.expected:
        have = f"{len(found)} BGP session{'s'[: len(found) != 1]}" if found else "no BGP session"
        raise PlatformError(
            f"node {node.hostname} has {have} for {slot.family.value}, not the {slot.expected} of "
            "the stack file",
            location=slot.origin,
            detail="The stack file has the number of sessions, so that a preview shows every peer.",
            help="correct the number in the stack file, or the sessions at the platform",
        )
    session = found[slot.index]
    if session.needs_key and stack.bgp.password is None and stack.bgp.password_secret is None:
        raise PlatformError(
            f"the routers of device {node.hostname} expect an MD5 key, and the stack has none",
            location=slot.origin,
            detail="A router with MD5 drops every connection without the key (RFC 2385).",
            help="run `pulumi config set --secret --path 'metallb:bgp.password'`",
        )
    if stack.bgp.source_address:
        return session
    return session.model_copy(update={"source_address": ""})
