"""The objects of MetalLB's configuration: one ConfigMap, or custom resources and Secrets."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from metallb.inventory.planned import (
    FactKey,
    FactView,
    ObjectOptions,
    Phase,
    PlannedObject,
    constant,
)
from metallb.platforms.base import PeerSlot
from metallb.platforms.plan import peer, pool, renamed_objects, slots_of, static_routing
from metallb.releases import ConfigFormat
from metallb.routing import BgpPeer, IPAddressPool, RoutingConfig
from metallb.routing.base import OWN_LABELS, MetalLBObject
from metallb.routing.configmap import CONFIGMAP_KEY, CONFIGMAP_NAME, configmap_text
from metallb.routing.custom_resources import password_secret_manifest
from metallb.routing.fields import fixed_keys
from metallb.routing.table import OBJECTS, spec_of
from metallb.stackfile.stack import StackConfig

__all__ = ["LABELS", "ROUTING", "configuration", "options_of"]

ROUTING = "routing"
"""Resource name of the component that the objects belong to."""
LABELS = OWN_LABELS
"""Labels of all of them."""


def configuration(
    stack: StackConfig, pools: Phase, former_peers: Mapping[str, str] | None = None
) -> Iterator[PlannedObject]:
    """The objects in the order in which they are applied.

    :param pools: phase of the pools; everything else is of the phase CONFIGURATION.
    :param former_peers: names that peers had in the last update, by the present ones.
    """
    known = static_routing(stack)
    slots = tuple(slot for slot in slots_of(stack) if slot.known is None)
    if stack.install.release.format is ConfigFormat.CONFIGMAP:
        yield _config_map(stack, known, slots)
        return
    for name in sorted(stack.address_pools):
        yield _object(
            stack,
            IPAddressPool.kind,
            name,
            partial(_pool_body, stack, name),
            needs=_blocks(stack, name),
            phase=pools,
            labels=stack.address_pools[name].labels,
        )
    for key, password in sorted(known.passwords.items()):
        secret = password_secret_manifest(key, "", password.get_secret_value())
        body = {field: secret[field] for field in ("type", "stringData")}
        yield PlannedObject(
            api_version="v1",
            kind="Secret",
            name=key,
            namespace=stack.install.namespace,
            labels=LABELS,
            phase=Phase.CONFIGURATION,
            parent=ROUTING,
            body=constant(body),
            secret=True,
        )
    named = former_peers or {}
    for item in known.objects():
        former = named.get(item.name, "") if item.kind == BgpPeer.kind else ""
        yield _object(stack, item.kind, item.name, partial(_known_body, item), former=former)
    for slot in slots:
        former = named.get(slot.name, "")
        yield _object(
            stack,
            BgpPeer.kind,
            slot.name,
            partial(_peer_body, stack, slot),
            needs=frozenset(FactKey("node", key) for key in slot.nodes),
            former=former,
        )


def _object(
    stack: StackConfig,
    kind: str,
    name: str,
    body: Any,
    *,
    needs: frozenset[FactKey] = frozenset(),
    phase: Phase = Phase.CONFIGURATION,
    former: str = "",
    labels: Mapping[str, str] = LABELS,
) -> PlannedObject:
    return PlannedObject(
        api_version=OBJECTS[kind].api_version,
        kind=kind,
        name=name,
        namespace=stack.install.namespace,
        labels={**labels, **LABELS},
        phase=phase,
        parent=ROUTING,
        body=body,
        needs=needs,
        options=options_of(kind, former or renamed_objects(stack).get((kind, name), "")),
    )


def options_of(kind: str, former_name: str = "") -> ObjectOptions:
    """What the engine does with a custom resource of a kind."""
    return ObjectOptions(
        # Two pools with the same addresses are refused by MetalLB's webhook, so a pool is never
        # made anew beside the one it replaces.
        delete_before_replace=True,
        # The API server refuses another value in an object that is there (a rule of MetalLB's CRD),
        # which would end an update in the middle.
        replace_on_changes=tuple(f"spec.{key}" for key in fixed_keys(spec_of(kind))),
        former_name=former_name,
    )


def _config_map(
    stack: StackConfig, known: RoutingConfig, slots: tuple[PeerSlot, ...]
) -> PlannedObject:
    nodes = {FactKey("node", key) for slot in slots for key in slot.nodes}
    blocks = {key for name in stack.address_pools for key in _blocks(stack, name)}

    def body(view: FactView) -> dict[str, Any]:
        whole = known._replace(
            peers=known.peers + tuple(_peer(stack, slot, view) for slot in slots),
            pools=tuple(
                pool(stack, name, _cidrs(stack, name, view)) for name in sorted(stack.address_pools)
            ),
        )
        return {"data": {CONFIGMAP_KEY: configmap_text(whole)}}

    return PlannedObject(
        api_version="v1",
        kind="ConfigMap",
        name=CONFIGMAP_NAME,
        namespace=stack.install.namespace,
        labels=LABELS,
        phase=Phase.CONFIGURATION,
        parent=ROUTING,
        body=body,
        needs=frozenset(nodes | blocks),
        secret=bool(known.passwords),
    )


def _known_body(item: MetalLBObject, _view: FactView) -> dict[str, Any]:
    return {"spec": item.spec.to_manifest()}


def _peer_body(stack: StackConfig, slot: PeerSlot, view: FactView) -> dict[str, Any]:
    return {"spec": _peer(stack, slot, view).spec.to_manifest()}


def _pool_body(stack: StackConfig, name: str, view: FactView) -> dict[str, Any]:
    return {"spec": pool(stack, name, _cidrs(stack, name, view)).spec.to_manifest()}


def _peer(stack: StackConfig, slot: PeerSlot, view: FactView) -> BgpPeer:
    return peer(stack, slot, [view.node(key) for key in slot.nodes])


def _cidrs(stack: StackConfig, name: str, view: FactView) -> list[str]:
    blocks = stack.address_pools[name].of_platform
    return [cidr for block in blocks for cidr in view.block(block).cidrs]


def _blocks(stack: StackConfig, name: str) -> frozenset[FactKey]:
    return frozenset(FactKey("block", each) for each in stack.address_pools[name].of_platform)
