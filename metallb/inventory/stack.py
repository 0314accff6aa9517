"""The inventory of a stack: names and number of its objects follow from the stack file alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metallb.inventory.configuration import configuration
from metallb.inventory.installation import PlannedChart, chart, planned_installation
from metallb.inventory.planned import Phase, PlannedObject
from metallb.releases import ConfigFormat
from metallb.stackfile.install import Source
from metallb.stackfile.stack import StackConfig

__all__ = ["Inventory", "inventory_of", "phases_of"]


@dataclass(frozen=True)
class Inventory:
    """Everything that a stack applies to its cluster.

    :ivar phases: the phases of this stack, in their order; every object is of one of them.
    :ivar chart: the Helm chart, where MetalLB is installed by it.
    """

    phases: tuple[Phase, ...]
    objects: tuple[PlannedObject, ...]
    chart: PlannedChart | None = None

    def of(self, phase: Phase) -> Iterator[PlannedObject]:
        """The objects of one phase, in the order in which they are applied."""
        return (each for each in self.objects if each.phase is phase)


def inventory_of(
    stack: StackConfig,
    *,
    secret_values: bool = False,
    former_peers: Mapping[str, str] | None = None,
) -> Inventory:
    """The whole inventory.

    :param secret_values: whether the stack's own values of the chart hold a key.
    :param former_peers: names that peers had in the last update, by the present ones.
    """
    phases = phases_of(stack)
    pools = Phase.POOLS if Phase.POOLS in phases else Phase.CONFIGURATION
    memberlist = stack.install.memberlist_secret
    installed = planned_installation(
        stack.install,
        pod_security_policies=stack.kubernetes.has_pod_security_policies,
        memberlist=None if memberlist is None else memberlist.get_secret_value(),
    )
    return Inventory(
        phases=phases,
        objects=(*installed, *configuration(stack, pools, former_peers)),
        chart=chart(stack.install, secret=secret_values),
    )


def phases_of(stack: StackConfig) -> tuple[Phase, ...]:
    """The phases of a stack in their order (docs/adr/0007).

    The ConfigMap has pools and peers in one object, which only speakers have to find; a chart
    starts controller and speakers at once.
    """
    source = stack.install.source
    if source is Source.EXISTING:
        return (Phase.CONFIGURATION,)
    if source is Source.HELM:
        return (Phase.PREREQUISITES, Phase.CHART, Phase.CONFIGURATION)
    pools = stack.install.release.format is not ConfigFormat.CONFIGMAP
    return (
        Phase.PREREQUISITES,
        *((Phase.POOLS,) if pools else ()),
        Phase.CONTROLLER,
        Phase.CONFIGURATION,
        Phase.SPEAKERS,
    )
