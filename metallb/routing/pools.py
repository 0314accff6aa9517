"""IPAddressPool: addresses for Services (MetalLB api/v1beta1/ipaddresspool_types.go)."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from metallb.models.strict import TRUTH, WHOLE_NUMBER
from metallb.releases import Release
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.fields import MetalLBField
from metallb.routing.selectors import LabelSelector

__all__ = ["IPAddressPool", "IPAddressPoolSpec", "ServiceAllocation"]


class ServiceAllocation(SpecModel):
    """Which Services may take addresses from the pool without asking for it by name."""

    priority: Annotated[int, WHOLE_NUMBER] | None = None
    """Order among pools that fit: the lowest non-zero number wins, zero or none comes last."""
    namespaces: tuple[str, ...] | None = None
    """Namespaces whose Services may use the pool."""
    namespace_selectors: tuple[LabelSelector, ...] | None = None
    """Labels of namespaces whose Services may use the pool."""
    service_selectors: tuple[LabelSelector, ...] | None = None
    """Labels of Services that may use the pool."""


class IPAddressPoolSpec(SpecModel):
    """Addresses and how they are handed out. Announcing them takes an advertisement."""

    addresses: tuple[str, ...]
    """Blocks in CIDR notation, or ranges of two addresses joined by a hyphen."""
    auto_assign: Annotated[bool, TRUTH] = True
    """Whether a Service gets an address of this pool without naming the pool."""
    avoid_buggy_ips: Annotated[
        Annotated[bool, TRUTH],
        MetalLBField(since=Release(0, 13, 4), configmap="avoid-buggy-ips"),
    ] = Field(default=False, alias="avoidBuggyIPs")
    """Leaves out addresses that end in .0 or .255, which some old equipment drops."""
    service_allocation: Annotated[
        ServiceAllocation | None, MetalLBField(since=Release(0, 13, 8))
    ] = None
    """Limits the pool to some Services."""


class IPAddressPool(MetalLBObject):
    """An IPAddressPool object."""

    kind: ClassVar[str] = "IPAddressPool"
    plural: ClassVar[str] = "ipaddresspools"

    spec: IPAddressPoolSpec
    """What MetalLB reads."""

    labels: dict[str, str] = {}
    """Labels of the object, by which advertisements choose it. The ConfigMap has none."""

    def __eq__(self, other: object) -> bool:
        """Equal in meaning, labels included."""
        return super().__eq__(other) and self.labels == getattr(other, "labels", None)

    def __hash__(self) -> int:
        return super().__hash__()

    def to_manifest(self, namespace: Any) -> dict[str, Any]:
        """The whole custom resource."""
        whole = super().to_manifest(namespace)
        if self.labels:
            whole["metadata"]["labels"] = dict(sorted(self.labels.items()))
        return whole
