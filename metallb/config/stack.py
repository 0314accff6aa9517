"""The root of a stack file: every section under `config:` that starts with `metallb:`."""

from typing import Annotated

from pydantic import Field

from metallb.config.base import DnsLabel, Section
from metallb.config.bgp import Bgp
from metallb.config.equinix_metal import HOLD_TIME, LOCAL_ASN, PEER_ASN, EquinixMetalPlatform
from metallb.config.install import Install
from metallb.config.kubernetes import Kubernetes
from metallb.config.pools import AddressPool
from metallb.config.preflight import Preflight
from metallb.config.static import StaticPlatform

__all__ = ["Platform", "StackConfig"]

Platform = Annotated[EquinixMetalPlatform | StaticPlatform, Field(discriminator="kind")]

# Equinix Metal API, BGP config: max_prefix is 10 a session unless support raised it.
_METAL_MAX_PREFIXES = 10


class StackConfig(Section):
    """One cluster's MetalLB: what a person writes, in plain values.

    Holds no Pulumi Output and reads nothing; `metallb.config.load` makes it.
    """

    install: Install = Field(default_factory=Install)
    """Which MetalLB, and how it runs."""
    platform: Platform
    """Where nodes, routers and addresses come from."""
    bgp: Bgp = Field(default_factory=Bgp)
    """What all BGP sessions have in common."""
    address_pools: dict[DnsLabel, AddressPool]
    """Pools of addresses by name."""
    kubernetes: Kubernetes = Field(default_factory=Kubernetes)
    """Where the objects go."""
    preflight: Preflight = Field(default_factory=Preflight)
    """Silenced warnings."""

    @property
    def local_asn(self) -> int | None:
        """AS number of the nodes; None on a static platform whose racks all say their own."""
        return self.bgp.local_asn or (LOCAL_ASN if self._on_metal else None)

    @property
    def peer_asn(self) -> int | None:
        """AS number of the routers; None on a static platform whose routers all say their own."""
        return self.bgp.peer_asn or (PEER_ASN if self._on_metal else None)

    @property
    def hold_time(self) -> str | None:
        """Hold time of the sessions; None leaves it to MetalLB."""
        if "hold_time" in self.bgp.model_fields_set:
            return self.bgp.hold_time
        return HOLD_TIME if self._on_metal else None

    @property
    def _on_metal(self) -> bool:
        return isinstance(self.platform, EquinixMetalPlatform)

    @property
    def max_prefixes(self) -> int | None:
        """Prefixes a router takes from a session, where that is known."""
        if self.bgp.max_prefixes is not None:
            return self.bgp.max_prefixes
        if self._on_metal:
            return _METAL_MAX_PREFIXES
        return None

    @property
    def uses_neighbors(self) -> bool:
        """Whether routers are read from the devices' BGP neighbors."""
        return isinstance(self.platform, EquinixMetalPlatform) and self.platform.uses_neighbors
