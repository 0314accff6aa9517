"""Sites before and after a change, and sites of which something fails."""

import copy
from typing import Any

from metallb.forecast.build import site_of_stack
from metallb.forecast.impact import Impact, impact_of
from metallb.forecast.site import Site
from metallb.stackfile import StackConfig
from tests.unit.stacks import stack, static

FRR: dict[str, Any] = {"install": {"version": "0.16.2", "source": "helm", "bgpMode": "frr-k8s"}}


def rack(name: str, *nodes: str, network: int = 1, routers: int = 2, **keys: Any) -> dict[str, Any]:
    """A rack with routers of its own."""
    listed = [
        {"name": f"tor-{number}", "address": f"10.{network}.0.{number}"}
        for number in range(1, routers + 1)
    ]
    made: dict[str, Any] = {"name": name, "routers": listed, **keys}
    return {**made, "nodes": list(nodes)} if nodes else made


def racks(*listed: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """Section `platform`."""
    return {"platform": {"kind": "static", "racks": list(listed), **keys}}


TWO_RACKS = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))


def configured(**sections: Any) -> StackConfig:
    """Two racks of two nodes and two routers each, with some sections replaced."""
    return stack(static(**copy.deepcopy({**TWO_RACKS, **sections})))


def site(**sections: Any) -> Site:
    """The same as a site."""
    return site_of_stack(configured(**sections))


def impact(before: dict[str, Any], after: dict[str, Any], **common: Any) -> Impact:
    """What a change of sections does."""
    return impact_of(site(**{**common, **before}), site(**{**common, **after}))


def redialled(found: Impact) -> set[tuple[str, str]]:
    """Node and router of every session that is opened again."""
    return {(node, group.router) for group in found.redialled for node in group.nodes}
