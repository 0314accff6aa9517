"""Builds small cases of this platform for rules."""

from typing import Any

from metallb.platforms.equinix_metal.facts import Device
from metallb.preflight.case import Case
from metallb.preflight.stacks import stack_case
from tests.platforms.equinix_metal.stacks import metal, metal_answers
from tests.unit.preflight.build import of_stack
from tests.unit.stacks import stack


def of_metal(**sections: Any) -> Case:
    """A Metal stack before anything was looked up."""
    return of_stack(metal(**sections))


def metal_platform(**changes: Any) -> dict[str, Any]:
    """A Metal platform section with some keys replaced."""
    return {"platform": {**metal()["platform"], **changes}}


def answered(sections: dict[str, Any] | None = None, **nodes: dict[str, Any]) -> Case:
    """A Metal stack with answers, some of whose nodes differ."""
    found = metal_answers()
    for key, changes in nodes.items():
        name = key.replace("_", "-")
        node = Device(**{**found.nodes[name].model_dump(), **changes})
        found = found.model_copy(update={"nodes": {**found.nodes, name: node}})
    return stack_case(stack(sections or metal()), found)
