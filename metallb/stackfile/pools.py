"""Section `metallb:addressPools`: pools of addresses for Services, and how they are announced."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from metallb.models.strict import WHOLE_NUMBER
from metallb.routing.stack_keys import Level
from metallb.stackfile.base import (
    CidrOrRange,
    DnsLabel,
    Hostname,
    InvalidValue,
    LabelSet,
    Section,
    Text,
)
from metallb.stackfile.settings import settings

__all__ = ["AddressPool", "Advertisement", "Layer2"]

_LAYER2 = "write `layer2: {default: {}}` at the pool, without protocol"
_OF_LAYER2 = ("interfaces", "nodes", "nodeSelectors", "preferredNodeSelectors", "serviceSelectors")


@settings(
    "BGPAdvertisement",
    Level.ADVERTISEMENT,
    ip_address_pool_selectors="Further pools, besides the one that has the advertisement.",
)
class Advertisement(Section):
    """One way in which a pool's addresses are announced."""

    aggregation_length: Annotated[int, Field(ge=1, le=32), WHOLE_NUMBER] = 32
    """Prefix length of announced IPv4 routes."""
    aggregation_length_v6: Annotated[int, Field(ge=1, le=128), WHOLE_NUMBER] = 128
    """Prefix length of announced IPv6 routes."""
    communities: tuple[Text, ...] = ()
    """Communities by value or by a name of `metallb:bgp.communities`."""
    peers: tuple[Hostname, ...] = ()
    """Peers by name that get the routes; none given means every peer."""


@settings("L2Advertisement", Level.LAYER2)
class Layer2(Section):
    """One way in which nodes answer for a pool's addresses by ARP (IPv4) and NDP (IPv6). One node
    at a time answers for an address, and takes all of its traffic."""

    nodes: tuple[Hostname, ...] = ()
    """Nodes by host name that may answer, beside those of `nodeSelectors`; with neither of the two
    every node may. 0.13.0 and later."""


_PLAIN = Advertisement.model_construct()


def _protocol(value: Any) -> Any:
    if value == "layer2":
        rule = "Layer 2 has a key of its own, which holds interfaces and nodes as well."
        raise InvalidValue("is not a protocol of this key", rule, _LAYER2)
    return value


def _layer2(value: Any) -> Any:
    if isinstance(value, Mapping):
        rule = "Each entry has a name of your choice, as those of `advertisements` do."
        if not value:
            raise InvalidValue("is empty", rule, "write `layer2: {default: {}}`, or remove the key")
        direct = next((key for key in _OF_LAYER2 if isinstance(value.get(key), list)), "")
        if direct:
            fault = f"{direct} stands without the name of an entry"
            help = f"write `layer2: {{default: {{{direct}: [...]}}}}`"
            raise InvalidValue(fault, rule, help, whole=True)
    return value


@settings("IPAddressPool", Level.POOL)
class AddressPool(Section):
    """Addresses that Services may get, one each."""

    blocks: tuple[DnsLabel, ...] = ()
    """Addresses that the platform reserves or has, by their names in `metallb:platform`."""
    elastic_ips: tuple[DnsLabel, ...] = ()
    """The same by the name that a platform with Elastic IPs has for them; one of the two is
    written."""
    addresses: tuple[CidrOrRange, ...] = ()
    """Further blocks or ranges."""
    labels: LabelSet = {}
    """Labels of the pool's object, which `ipAddressPoolSelectors` look at (0.13 and later)."""
    renamed_from: DnsLabel | None = None
    """Former name of this pool: the old objects leave before the new ones come. Without it the new
    pool is made first, and MetalLB refuses it, because it overlaps the old one."""
    protocol: Annotated[Literal["bgp"], BeforeValidator(_protocol)] = "bgp"
    """MetalLB 0.12's word for a pool that BGP announces. A pool of layer 2 has `layer2` in place of
    it."""
    advertisements: dict[DnsLabel, Advertisement] = Field(
        # A mapping as the default itself is copied with all that is in it, for each pool.
        default_factory=lambda: {"default": _PLAIN},
        json_schema_extra={"default": {"default": {}}},
    )
    """How BGP announces the pool, by a name of your choice; with an empty map it does not. Left out
    beside `layer2` it does not either: a pool that both announce has both keys."""
    layer2: Annotated[dict[DnsLabel, Layer2], BeforeValidator(_layer2)] = {}
    """How nodes answer for the addresses by ARP and NDP, by a name of your choice, such as
    `{default: {}}`; left out they do not."""

    @model_validator(mode="after")
    def _one_name(self) -> "AddressPool":
        if self.blocks and self.elastic_ips:
            fault = "blocks and elasticIps are both set"
            rule = "They are two names of one list."
            raise InvalidValue(fault, rule, "keep one of them", at=("elasticIps",), whole=True)
        return self

    @model_validator(mode="after")
    def _one_protocol(self) -> "AddressPool":
        if self.layer2 and "protocol" in self.model_fields_set:
            fault = "protocol and layer2 are both set"
            rule = "A pool with layer2 is announced by BGP where it has advertisements as well."
            raise InvalidValue(fault, rule, "remove protocol", at=("protocol",), whole=True)
        return self

    @property
    def by_bgp(self) -> Mapping[str, Advertisement]:
        """How BGP announces the pool. Layer 2 takes the place of the default advertisement, so that
        a pool is promised to both on purpose alone."""
        left_out = "advertisements" not in self.model_fields_set
        return {} if self.layer2 and left_out else self.advertisements

    @property
    def of_platform(self) -> tuple[str, ...]:
        """Names of the platform's addresses that the pool has."""
        return self.blocks or self.elastic_ips

    @property
    def platform_key(self) -> str:
        """The key under which the file has them."""
        return "elasticIps" if self.elastic_ips else "blocks"
