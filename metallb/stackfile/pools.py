"""Section `metallb:addressPools`: pools of addresses for Services, and how they are announced."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from metallb.models.strict import WHOLE_NUMBER
from metallb.routing.stack_keys import Level
from metallb.stackfile.base import CidrOrRange, DnsLabel, Hostname, InvalidValue, Section, Text
from metallb.stackfile.settings import settings

__all__ = ["AddressPool", "Advertisement"]


@settings("BGPAdvertisement", Level.ADVERTISEMENT)
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
    renamed_from: DnsLabel | None = None
    """Former name of this pool: the old objects leave before the new ones come. Without it the new
    pool is made first, and MetalLB refuses it, because it overlaps the old one."""
    protocol: Literal["bgp"] = "bgp"
    """How the addresses are announced; this product configures BGP."""
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
