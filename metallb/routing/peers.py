"""BGPPeer: one BGP session that speakers keep (MetalLB api/v1beta2/bgppeer_types.go)."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, SecretStr

from metallb.algebra.durations import Duration
from metallb.routing.base import Asn, MetalLBObject, SpecModel
from metallb.routing.selectors import LabelSelector
from metallb.strict import TRUTH, WHOLE_NUMBER

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
    dynamic_asn: Literal["internal", "external"] | None = Field(
        default=None, alias="dynamicASN", json_schema_extra={"configmap": ""}
    )
    """Takes the router's AS number from its OPEN message: internal for ours, external for any
    other. FRR modes only."""
    local_asn: Annotated[int, Field(ge=1, le=4_294_967_295), WHOLE_NUMBER] | None = Field(
        default=None, alias="localASN", json_schema_extra={"format": "int64", "configmap": ""}
    )
    """AS number shown to this router in place of our own. FRR mode only."""
    peer_address: str | None = None
    """IP address that the speaker connects to."""
    interface: str | None = Field(default=None, json_schema_extra={"configmap": ""})
    """Network interface of an unnumbered session. FRR modes only."""
    source_address: str | None = None
    """IP address of the node from which the session is opened. Not carried by frr-k8s mode."""
    peer_port: Annotated[int, Field(ge=1, le=16384), WHOLE_NUMBER] = 179
    """TCP port of the router."""
    hold_time: Duration | None = None
    """Longest silence before the session is given up (RFC 4271, 4.2), as a Go duration."""
    keepalive_time: Duration | None = None
    """Interval between KEEPALIVE messages, as a Go duration. FRR modes only."""
    connect_time: Duration | None = Field(
        default=None, json_schema_extra={"validations": _WHOLE_SECONDS, "configmap": ""}
    )
    """Wait between two attempts to connect, as a Go duration. FRR modes only."""
    router_id: str | None = Field(default=None, alias="routerID")
    """BGP identifier of our side, as an IPv4 address (RFC 4271, 4.2)."""
    node_selectors: tuple[LabelSelector, ...] | None = None
    """Nodes that keep this session; any matching selector is enough, none given means all nodes."""
    password: SecretStr | None = None
    """TCP MD5 key (RFC 2385) in clear text. Custom resources should name a Secret instead."""
    password_secret: PasswordSecret | None = None
    """Secret that holds the TCP MD5 key (RFC 2385)."""
    bfd_profile: str | None = None
    """Name of the BFDProfile that watches the session. FRR modes only."""
    enable_graceful_restart: Annotated[bool, TRUTH] | None = Field(
        default=None,
        json_schema_extra={
            "validations": [
                {
                    "rule": "self == oldSelf",
                    "message": "graceful restart is fixed at creation: recreate the peer",
                }
            ],
            "configmap": "",
        },
    )
    """Keeps forwarding while the speaker restarts (RFC 4724). Fixed at creation. FRR modes only."""
    vrf: str | None = Field(default=None, json_schema_extra={"configmap": ""})
    """VRF in which the session lives. FRR modes only."""
    ebgp_multi_hop: Annotated[bool, TRUTH] | None = Field(
        default=None, json_schema_extra={"configmap": "ebgp-multihop"}
    )
    """Whether the router is more than one hop away."""
    disable_mp: Annotated[bool, TRUTH] = Field(
        default=False, alias="disableMP", json_schema_extra={"configmap": ""}
    )
    """Deprecated; MetalLB ignores it, and skips the validation of an object that sets it."""
    dual_stack_address_family: Annotated[bool, TRUTH] = Field(
        default=False, json_schema_extra={"configmap": ""}
    )
    """Carries both address families over this one session. FRR modes only."""

    def to_manifest(self) -> dict[str, Any]:
        """The custom resource's spec; a clear-text password stays one, since MetalLB reads it."""
        manifest = super().to_manifest()
        if self.password is not None:
            manifest["password"] = self.password.get_secret_value()
        return manifest


class BgpPeer(MetalLBObject[BgpPeerSpec]):
    """A BGPPeer object, version v1beta2."""

    kind: ClassVar[str] = "BGPPeer"
    plural: ClassVar[str] = "bgppeers"
    api_version: ClassVar[str] = "metallb.io/v1beta2"
