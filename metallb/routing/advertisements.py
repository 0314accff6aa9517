"""BGPAdvertisement and L2Advertisement: how pool addresses are announced.

Sources: MetalLB api/v1beta1/bgpadvertisement_types.go and l2advertisement_types.go.
"""

from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from metallb.models.strict import WHOLE_NUMBER
from metallb.releases import FIRST_OF_CRDS, BgpMode, Release
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.fields import MetalLBField
from metallb.routing.selectors import LabelSelector

__all__ = [
    "BgpAdvertisement",
    "BgpAdvertisementSpec",
    "L2Advertisement",
    "L2AdvertisementSpec",
    "PreferredNodeSelector",
]

_SINGLE_ADDRESSES: dict[str, Any] = {
    "rule": (
        "!has(self.serviceSelectors) || size(self.serviceSelectors) == 0"
        " || ((!has(self.aggregationLength) || self.aggregationLength == 32)"
        " && (!has(self.aggregationLengthV6) || self.aggregationLengthV6 == 128))"
    ),
    "message": (
        "serviceSelectors pick single addresses:"
        " leave aggregationLength at 32 and aggregationLengthV6 at 128"
    ),
}

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), WHOLE_NUMBER]


class BgpAdvertisementSpec(SpecModel):
    """Which addresses are announced, to which peers, from which nodes, with which attributes."""

    model_config = ConfigDict(json_schema_extra={"validations": [_SINGLE_ADDRESSES]})

    aggregation_length: Annotated[int, Field(ge=1, le=2**31 - 1), WHOLE_NUMBER] = 32
    """Prefix length of the announced IPv4 routes; 32 announces every address by itself."""
    aggregation_length_v6: Int32 = 128
    """Prefix length of the announced IPv6 routes; 128 announces every address by itself."""
    as_path_prepend: Annotated[
        Annotated[int, Field(ge=1, le=10), WHOLE_NUMBER] | None,
        MetalLBField(since=Release(0, 16, 2), modes=frozenset({BgpMode.FRR_K8S})),
    ] = None
    """How many more times our AS number stands in the AS path."""
    local_pref: Annotated[
        Annotated[int, Field(ge=0, le=4_294_967_295), WHOLE_NUMBER] | None,
        MetalLBField(configmap="localpref"),
    ] = None
    """LOCAL_PREF of the routes (RFC 4271, 5.1.5); only internal peers look at it."""
    communities: tuple[str, ...] | None = None
    """Communities (RFC 1997, RFC 8092) by value, or by a name that a Community object defines."""
    ip_address_pools: Annotated[
        tuple[str, ...] | None, MetalLBField(elsewhere="the pool that has the advertisement")
    ] = None
    """Pools by name; none here and no selector means every pool."""
    ip_address_pool_selectors: Annotated[
        tuple[LabelSelector, ...] | None, MetalLBField(since=FIRST_OF_CRDS)
    ] = None
    """Pools by label."""
    node_selectors: Annotated[
        tuple[LabelSelector, ...] | None, MetalLBField(since=FIRST_OF_CRDS)
    ] = None
    """Nodes that announce; none given means every node."""
    peers: Annotated[tuple[str, ...] | None, MetalLBField(since=FIRST_OF_CRDS)] = None
    """Peers by name that get the routes; none given means every peer."""
    service_selectors: Annotated[
        tuple[LabelSelector, ...] | None, MetalLBField(since=Release(0, 16, 0))
    ] = None
    """Services whose addresses are announced; works with the default prefix lengths only."""


class BgpAdvertisement(MetalLBObject):
    """A BGPAdvertisement object."""

    kind: ClassVar[str] = "BGPAdvertisement"
    plural: ClassVar[str] = "bgpadvertisements"

    spec: BgpAdvertisementSpec
    """What MetalLB reads."""


class PreferredNodeSelector(SpecModel):
    """A weighted wish about the node that answers for an address."""

    preference: LabelSelector
    """Nodes that get the weight."""
    weight: Annotated[int, Field(ge=1, le=100), WHOLE_NUMBER]
    """Weight from 1 to 100; the weights of all wishes that a node fulfils add up."""


class L2AdvertisementSpec(SpecModel):
    """From which nodes and on which interfaces ARP and NDP are answered, for which Services. One
    node at a time answers for an address."""

    interfaces: Annotated[tuple[str, ...] | None, MetalLBField(since=Release(0, 13, 6))] = None
    """Interfaces on which the addresses are answered; none given means all."""
    ip_address_pools: Annotated[
        tuple[str, ...] | None, MetalLBField(elsewhere="the pool, as `protocol: layer2`")
    ] = None
    """Pools by name."""
    ip_address_pool_selectors: Annotated[
        tuple[LabelSelector, ...] | None, MetalLBField(since=FIRST_OF_CRDS)
    ] = None
    """Pools by label."""
    node_selectors: Annotated[
        tuple[LabelSelector, ...] | None, MetalLBField(since=FIRST_OF_CRDS)
    ] = None
    """Nodes that may answer; none given means every node."""
    preferred_node_selectors: Annotated[
        tuple[PreferredNodeSelector, ...] | None, MetalLBField(since=Release(0, 16, 2))
    ] = None
    """Nodes that should rather answer than others."""
    service_selectors: Annotated[
        tuple[LabelSelector, ...] | None, MetalLBField(since=Release(0, 16, 0))
    ] = None
    """Services whose addresses are answered."""


class L2Advertisement(MetalLBObject):
    """An L2Advertisement object."""

    kind: ClassVar[str] = "L2Advertisement"
    plural: ClassVar[str] = "l2advertisements"

    spec: L2AdvertisementSpec
    """What MetalLB reads."""
