"""The planned objects of MetalLB's configuration, with bodies that wait for their facts."""

from collections.abc import Awaitable, Mapping
from typing import Any

import pulumi

from metallb.components.arguments import Sound, sound
from metallb.components.base import combined
from metallb.components.guard import ReportedError
from metallb.components.routing_configuration import RoutingObject
from metallb.inventory.configuration import ROUTING
from metallb.inventory.planned import FactView, PlannedObject
from metallb.inventory.stack import Inventory
from metallb.platforms.provisioned import Provisioned
from metallb.problems.errors import MetalLBError
from metallb.routing.configmap import CONFIGMAP_KEY
from metallb.routing.table import OBJECTS

__all__ = ["config_map", "routing_objects"]

_NODE = "node"


def routing_objects(
    inventory: Inventory, facts: Provisioned, passed: Awaitable[None]
) -> list[RoutingObject]:
    """Every custom resource.

    :param passed: fails where the facts break a rule. Bodies wait for it, so that a fault is
        reported by its rule alone.
    """
    found: list[RoutingObject] = []
    for each in inventory.objects:
        if each.parent != ROUTING or each.kind not in OBJECTS:
            continue
        item: RoutingObject = {
            "kind": each.kind,
            "name": each.name,
            "spec": _part(each, "spec", facts, passed),
        }
        if each.options.former_name:
            item["renamed_from"] = each.options.former_name
        found.append(item)
    return found


def config_map(
    inventory: Inventory, facts: Provisioned, passed: Awaitable[None]
) -> pulumi.Output[str] | None:
    """The text of the ConfigMap; None where the release reads none. `passed` as of above."""
    for each in inventory.objects:
        if each.parent == ROUTING and each.kind == "ConfigMap":
            data = pulumi.Output.from_input(_part(each, "data", facts, passed))
            text = data.apply(lambda found: str(found[CONFIGMAP_KEY]))
            return pulumi.Output.secret(text) if each.secret else text
    return None


def _part(planned: PlannedObject, key: str, facts: Provisioned, passed: Awaitable[None]) -> Any:
    """A part of an object's body: the value itself, or an Output of the facts that it needs."""
    if not planned.needs:
        return Sound(planned.body(FactView({}, {}, planned.needs))[key])
    needs = sorted(planned.needs)
    of_nodes = any(each.kind == _NODE for each in needs)

    async def part(values: Mapping[str, Any]) -> Any:
        if of_nodes:
            await passed
        nodes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        for each in needs:
            (nodes if each.kind == _NODE else blocks)[each.key] = values[f"{each.kind} {each.key}"]
        try:
            return planned.body(FactView(nodes, blocks, planned.needs))[key]
        except MetalLBError as error:
            raise ReportedError(error) from error

    outputs = {
        f"{each.kind} {each.key}": (facts.nodes if each.kind == _NODE else facts.blocks)[each.key]
        for each in needs
    }
    return sound(combined(outputs, part))
