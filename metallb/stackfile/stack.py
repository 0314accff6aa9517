"""The root of a stack file: every section under `config:` that starts with `metallb:`."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr

from metallb.algebra.durations import Duration
from metallb.platforms.base import Platform
from metallb.stackfile.base import DnsLabel, Section
from metallb.stackfile.bgp import Bgp
from metallb.stackfile.install import Install
from metallb.stackfile.kubernetes import Kubernetes
from metallb.stackfile.pools import AddressPool
from metallb.stackfile.preflight import Preflight

if TYPE_CHECKING:
    AnyPlatform = Platform
else:
    from metallb.platforms.registry import platforms, union

    # A discriminator needs two models to choose from.
    AnyPlatform = (
        Annotated[union(), Field(discriminator="kind")] if len(platforms()) > 1 else union()
    )

__all__ = ["Platform", "StackConfig"]


class StackConfig(Section):
    """One cluster's MetalLB: what a person writes, in plain values.

    Holds no Pulumi Output and reads nothing; `metallb.stackfile.load` makes it.
    """

    install: Install = Field(default_factory=Install)
    """Which MetalLB, and how it runs."""
    platform: AnyPlatform
    """Where nodes, routers and addresses come from."""
    bgp: Bgp = Field(default_factory=Bgp)
    """What all BGP sessions have in common."""
    address_pools: dict[DnsLabel, AddressPool]
    """Pools of addresses by name."""
    kubernetes: Kubernetes = Field(default_factory=Kubernetes)
    """Where the objects go."""
    preflight: Preflight = Field(default_factory=Preflight)
    """Silenced warnings."""

    _worked_out: tuple[int, dict[Any, Any]] = PrivateAttr(default=(0, {}))

    @property
    def worked_out(self) -> dict[Any, Any]:
        """What was worked out from this configuration once, for the code that does it to look up.

        A copy of the model begins with an empty one: it may have other values.
        """
        owner, found = self._worked_out
        if owner != id(self):
            found = {}
            self._worked_out = (id(self), found)
        return found

    @property
    def my_asn(self) -> int | None:
        """AS number of the nodes; None where the platform has another one for each session."""
        return self.bgp.my_asn or self.bgp.local_asn or self.platform.usual.my_asn

    @property
    def peer_asn(self) -> int | None:
        """AS number of the routers; None where the platform has another one for each session."""
        return self.bgp.peer_asn or self.platform.usual.peer_asn

    @property
    def hold_time(self) -> Duration | None:
        """Hold time of the sessions; None leaves it to MetalLB."""
        if "hold_time" in self.bgp.model_fields_set:
            return self.bgp.hold_time
        return self.platform.usual.hold_time

    @property
    def max_prefixes(self) -> int | None:
        """Prefixes a router takes from a session, where that is known."""
        if self.bgp.max_prefixes is not None:
            return self.bgp.max_prefixes
        return self.platform.usual.max_prefixes
