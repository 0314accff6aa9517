"""What every platform's peers have in common: the spec built from `metallb:bgp`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from metallb.errors import PlatformError
from metallb.platforms.base import PeerSlot
from metallb.platforms.facts import NodeFacts
from metallb.platforms.facts import Session as SessionFacts
from metallb.routing import BgpPeer, BgpPeerSpec, PasswordSecret, hosts_selector

if TYPE_CHECKING:
    from metallb.config.stack import StackConfig

__all__ = ["BGP_PASSWORD", "common_spec", "object_name", "passwords", "session_peer"]

BGP_PASSWORD = "bgp-password"  # noqa: S105 - the name of a Secret
"""Name of the Secret with `metallb:bgp.password`."""


def common_spec(stack: "StackConfig", **fields: Any) -> BgpPeerSpec:
    """A peer's spec: what `metallb:bgp` says, overridden by fields that are not None."""
    bgp = stack.bgp
    base: dict[str, Any] = {
        "my_asn": stack.local_asn,
        "peer_asn": stack.peer_asn,
        "peer_port": bgp.peer_port,
        "hold_time": stack.hold_time,
        "keepalive_time": bgp.keepalive_time,
        "connect_time": bgp.connect_time,
        "router_id": bgp.router_id,
        "bfd_profile": bgp.bfd_profile,
        "enable_graceful_restart": bgp.graceful_restart,
        "ebgp_multi_hop": bgp.ebgp_multi_hop,
        "dual_stack_address_family": bgp.dual_stack_address_family,
        "password_secret": PasswordSecret(name=BGP_PASSWORD) if bgp.password is not None else None,
    }
    base.update({key: value for key, value in fields.items() if value is not None})
    # False is what MetalLB assumes; leaving it out keeps objects as short as written by hand.
    base["ebgp_multi_hop"] = base["ebgp_multi_hop"] or None
    base["dual_stack_address_family"] = bool(base["dual_stack_address_family"])
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
    if session.needs_key and stack.bgp.password is None:
        raise PlatformError(
            f"the routers of device {node.hostname} expect an MD5 key, and the stack has none",
            location=slot.origin,
            detail="A router with MD5 drops every connection without the key (RFC 2385).",
            help="pulumi config set --secret --path 'metallb:bgp.password'",
        )
    if stack.bgp.source_address:
        return session
    return session.model_copy(update={"source_address": ""})
