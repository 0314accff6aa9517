"""BGPPeer: one BGP session that speakers keep (MetalLB api/v1beta2/bgppeer_types.go).

Sources of the modes: MetalLB internal/config/validation.go (DiscardFRROnly) and
internal/bgp/frrk8s/frrk8s.go (updateConfig); of the releases: api/ of the tags v0.13.0 to v0.16.2.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, SecretStr

from metallb.algebra.durations import Duration
from metallb.models.strict import TRUTH, WHOLE_NUMBER
from metallb.releases import BgpMode, Release
from metallb.routing.base import Address, Asn, MetalLBObject, ObjectName, SpecModel
from metallb.routing.fields import FRR_MODES, MetalLBField
from metallb.routing.selectors import LabelSelector

__all__ = ["BgpPeer", "BgpPeerSpec", "PasswordSecret"]

_WHOLE_SECONDS: list[Any] = [
    {
        "rule": "duration(self).getSeconds() >= 1 && duration(self).getSeconds() <= 65535",
        "message": "the connect time has to lie between 1 and 65535 seconds",
    },
    {
        "rule": "duration(self).getMilliseconds() % 1000 == 0",
        "message": "the connect time has to be whole seconds",
    },
]
_FIXED: dict[str, Any] = {
    "rule": "self == oldSelf",
    "message": "graceful restart is fixed at creation: recreate the peer",
}


class PasswordSecret(SpecModel):
    """Names a Secret of type kubernetes.io/basic-auth whose key `password` is the MD5 key."""

    model_config = ConfigDict(json_schema_extra={"map": "atomic"})

    name: str | None = None
    """Name of the Secret."""
    namespace: str | None = None
    """Namespace of the Secret; MetalLB looks in its own."""


class BgpPeerSpec(SpecModel):
    """How a speaker reaches one BGP router, and which nodes do so."""

    my_asn: Asn = Field(alias="myASN")
    """AS number of our side of the session."""
    peer_asn: Asn | None = Field(default=None, alias="peerASN")
    """AS number that the router has to present."""
    dynamic_asn: Annotated[
        Literal["internal", "external"] | None,
        MetalLBField(since=Release(0, 14, 9), modes=FRR_MODES, instead_of="peer_asn"),
    ] = Field(default=None, alias="dynamicASN")
    """Takes the router's AS number from its OPEN message: internal for ours, external for any
    other."""
    local_asn: Annotated[
        Annotated[int, Field(ge=1, le=4_294_967_295), WHOLE_NUMBER] | None,
        MetalLBField(since=Release(0, 16, 0), modes=frozenset({BgpMode.FRR})),
    ] = Field(default=None, alias="localASN", json_schema_extra={"format": "int64"})
    """AS number shown to this router in place of our own."""
    peer_address: Address | None = None
    """IP address that the speaker connects to."""
    interface: Annotated[
        str | None,
        MetalLBField(since=Release(0, 15, 0), modes=FRR_MODES, instead_of="peer_address"),
    ] = None
    """Network interface of an unnumbered session."""
    source_address: Annotated[
        Address | None, MetalLBField(modes=frozenset({BgpMode.NATIVE, BgpMode.FRR}))
    ] = None
    """IP address of the node from which the session is opened."""
    peer_port: Annotated[int, Field(ge=1, le=16384), WHOLE_NUMBER] = 179
    """TCP port of the router."""
    hold_time: Duration | None = None
    """Longest silence before the session is given up (RFC 4271, 4.2), as a Go duration."""
    keepalive_time: Annotated[Duration | None, MetalLBField(modes=FRR_MODES)] = None
    """Interval between KEEPALIVE messages, as a Go duration."""
    connect_time: Annotated[
        Duration | None, MetalLBField(since=Release(0, 14, 4), modes=FRR_MODES)
    ] = Field(default=None, json_schema_extra={"validations": _WHOLE_SECONDS})
    """Wait between two attempts to connect, as a Go duration."""
    router_id: Address | None = Field(default=None, alias="routerID")
    """BGP identifier of our side, as an IPv4 address (RFC 4271, 4.2)."""
    node_selectors: tuple[LabelSelector, ...] | None = None
    """Nodes that keep this session; any matching selector is enough, none given means all nodes."""
    password: SecretStr | None = None
    """TCP MD5 key (RFC 2385) in clear text. Custom resources should name a Secret instead."""
    password_secret: Annotated[
        PasswordSecret | None, MetalLBField(elsewhere="`password`", instead_of="password")
    ] = None
    """Secret that holds the TCP MD5 key (RFC 2385)."""
    bfd_profile: Annotated[ObjectName | None, MetalLBField(modes=FRR_MODES)] = None
    """Name of the BFDProfile that watches the session."""
    enable_graceful_restart: Annotated[
        Annotated[bool, TRUTH] | None, MetalLBField(since=Release(0, 14, 6), modes=FRR_MODES)
    ] = Field(default=None, json_schema_extra={"validations": [_FIXED]})
    """Keeps forwarding while the speaker restarts (RFC 4724). Fixed at creation."""
    vrf: Annotated[str | None, MetalLBField(since=Release(0, 13, 8), modes=FRR_MODES)] = None
    """VRF in which the session lives."""
    ebgp_multi_hop: Annotated[
        Annotated[bool, TRUTH] | None, MetalLBField(configmap="ebgp-multihop")
    ] = None
    """Whether the router is more than one hop away."""
    disable_mp: Annotated[
        Annotated[bool, TRUTH],
        MetalLBField(since=Release(0, 14, 4), modes=FRR_MODES, ignored_since=Release(0, 15, 0)),
    ] = Field(default=False, alias="disableMP")
    """Deprecated; MetalLB ignores it, and skips the validation of an object that sets it."""
    dual_stack_address_family: Annotated[
        Annotated[bool, TRUTH], MetalLBField(since=Release(0, 15, 0), modes=FRR_MODES)
    ] = False
    """Carries both address families over this one session."""

    def to_manifest(self) -> dict[str, Any]:
        """The custom resource's spec; a clear-text password stays one, since MetalLB reads it."""
        manifest = super().to_manifest()
        if self.password is not None:
            manifest["password"] = self.password.get_secret_value()
        return manifest


class BgpPeer(MetalLBObject):
    """A BGPPeer object, version v1beta2."""

    kind: ClassVar[str] = "BGPPeer"
    plural: ClassVar[str] = "bgppeers"
    api_version: ClassVar[str] = "metallb.io/v1beta2"

    spec: BgpPeerSpec
    """What MetalLB reads."""
