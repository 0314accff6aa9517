"""Section `metallb:addressPools`: pools of addresses for Services, and how they are announced."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from metallb.config.base import CidrOrRange, DnsLabel, Hostname, InvalidValue, Section, Text
from metallb.routing.pools import ServiceAllocation
from metallb.routing.selectors import LabelSelector
from metallb.strict import WHOLE_NUMBER

__all__ = ["AddressPool", "Advertisement"]


class Advertisement(Section):
    """One way in which a pool's addresses are announced."""

    aggregation_length: Annotated[int, Field(ge=1, le=32), WHOLE_NUMBER] = 32
    """Prefix length of announced IPv4 routes."""
    aggregation_length_v6: Annotated[int, Field(ge=1, le=128), WHOLE_NUMBER] = 128
    """Prefix length of announced IPv6 routes."""
    as_path_prepend: Annotated[int, Field(ge=1, le=10), WHOLE_NUMBER] | None = None
    """Times our AS number is prepended; frr-k8s mode, 0.16.2 and later."""
    local_pref: Annotated[int, Field(ge=0, le=4_294_967_295), WHOLE_NUMBER] | None = None
    """LOCAL_PREF (RFC 4271, 5.1.5), for internal peers."""
    communities: tuple[Text, ...] = ()
    """Communities by value or by a name of `metallb:bgp.communities`."""
    peers: tuple[Hostname, ...] = ()
    """Peers by name; none means all (0.13.0 and later)."""
    node_selectors: tuple[LabelSelector, ...] = ()
    """Nodes that announce; none means all (0.13.0 and later)."""
    service_selectors: tuple[LabelSelector, ...] = ()
    """Services that are announced; none means all (0.16.0 and later)."""


class AddressPool(Section):
    """Addresses that Services may get, one each."""

    blocks: tuple[DnsLabel, ...] = ()
    """Addresses that the platform reserves or has, by their names in `metallb:platform`."""
    elastic_ips: tuple[DnsLabel, ...] = ()
    """The same by the name that a platform with Elastic IPs has for them; one of the two is
    written."""
    addresses: tuple[CidrOrRange, ...] = ()
    """Further blocks or ranges."""
    renamed_from: DnsLabel | None = None
    """Former name of this pool: the old objects leave before the new ones come. Without it the new
    pool is made first, and MetalLB refuses it, because it overlaps the old one."""
    protocol: Literal["bgp"] = "bgp"
    """How the addresses are announced; this product configures BGP."""
    auto_assign: bool = True
    """Whether a Service gets an address without naming the pool."""
    avoid_buggy_ips: bool = False
    """Leaves out addresses that end in .0 or .255 (0.12, and 0.13.4 and later)."""
    service_allocation: ServiceAllocation | None = None
    """Limits the pool to some Services (0.13.8 and later)."""
    advertisements: dict[DnsLabel, Advertisement] = {"default": Advertisement()}
    """How the pool is announced, by a name of your choice; an empty map announces nothing."""

    @model_validator(mode="after")
    def _one_name(self) -> "AddressPool":
        if self.blocks and self.elastic_ips:
            fault = "blocks and elasticIps are both set"
            rule = "They are two names of one list."
            raise InvalidValue(fault, rule, "keep one of them", at=("elasticIps",), whole=True)
        return self

    @property
    def of_platform(self) -> tuple[str, ...]:
        """Names of the platform's addresses that the pool has."""
        return self.blocks or self.elastic_ips

    @property
    def platform_key(self) -> str:
        """The key under which the file has them."""
        return "elasticIps" if self.elastic_ips else "blocks"
