"""What every platform's peers have in common: the spec built from `metallb:bgp`."""

from typing import Any

from pydantic import SecretStr

from metallb.config import StackConfig
from metallb.routing import BgpPeerSpec, PasswordSecret

__all__ = ["BGP_PASSWORD", "common_spec", "object_name", "passwords"]

BGP_PASSWORD = "bgp-password"  # noqa: S105 - the name of a Secret
"""Name of the Secret with `metallb:bgp.password`."""


def common_spec(stack: StackConfig, **fields: Any) -> BgpPeerSpec:
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


def passwords(stack: StackConfig) -> dict[str, SecretStr]:
    """The MD5 key that all sessions share, by the name of its Secret."""
    return {BGP_PASSWORD: stack.bgp.password} if stack.bgp.password is not None else {}


def object_name(*parts: str) -> str:
    """A Kubernetes object name of several parts; colons of an IPv6 address become hyphens."""
    return "-".join(part.replace(":", "-").strip("-") for part in parts)
