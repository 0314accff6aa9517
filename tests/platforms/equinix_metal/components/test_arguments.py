"""Wrong arguments of the platform's components are refused with the key's name."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from metallb.components import MetalLBComponent
from metallb.platforms.equinix_metal.components.bgp_peers import BgpPeers
from metallb.platforms.equinix_metal.components.bgp_sessions import BgpSessions
from metallb.platforms.equinix_metal.components.elastic_ips import ElasticIpBlock
from tests.components.spoiling import id_of, is_refused, refused, wheres
from tests.platforms.equinix_metal.components.samples import PROJECT, WORKER_0

SESSION = {"key": "a-ipv4", "device_id": WORKER_0, "address_family": "ipv4"}
NODE = {"key": "a", "device_id": WORKER_0}

MISTAKES: list[tuple[type[MetalLBComponent], Any, list[str]]] = [
    (ElasticIpBlock, {"quantity": 1, "metro": "ny"}, ["project_id"]),
    (ElasticIpBlock, {"projectId": PROJECT, "quantity": 1}, ["projectId"]),
    (ElasticIpBlock, {"project_id": "mine", "quantity": 1, "metro": "ny"}, ["project_id"]),
    (ElasticIpBlock, {"project_id": PROJECT, "metro": "ny"}, ["quantity"]),
    (ElasticIpBlock, {"project_id": PROJECT, "quantity": 3, "metro": "ny"}, ["quantity"]),
    (ElasticIpBlock, {"project_id": PROJECT, "quantity": "2", "metro": "ny"}, ["quantity"]),
    (ElasticIpBlock, {"project_id": PROJECT, "quantity": True, "metro": "ny"}, ["quantity"]),
    (ElasticIpBlock, {"project_id": PROJECT, "quantity": 1}, ["metro"]),
    (
        ElasticIpBlock,
        {"project_id": PROJECT, "quantity": 1, "metro": "ny", "type": "public"},
        ["type"],
    ),
    (
        ElasticIpBlock,
        {"project_id": PROJECT, "quantity": 1, "metro": "ny", "facility": "ny5"},
        ["facility"],
    ),
    (
        ElasticIpBlock,
        {"project_id": PROJECT, "quantity": 1, "metro": "ny", "protect": "false"},
        ["protect"],
    ),
    (BgpSessions, {}, ["sessions"]),
    (
        BgpSessions,
        {"sessions": [SESSION | {"address_family": "inet"}]},
        ["sessions[0].address_family"],
    ),
    (BgpSessions, {"sessions": [SESSION | {"deviceId": "x"}]}, ["sessions[0].deviceId"]),
    (BgpSessions, {"sessions": [SESSION, SESSION]}, ["sessions[1].key"]),
    (BgpPeers, {"project_id": PROJECT}, ["nodes"]),
    (BgpPeers, {"project_id": PROJECT, "nodes": [{"hostname": "a"}]}, ["nodes[0].key"]),
    (BgpPeers, {"project_id": PROJECT, "nodes": [NODE, NODE]}, ["nodes[1].key"]),
    (
        BgpPeers,
        {"project_id": PROJECT, "nodes": [{"key": "a", "device_id": "worker-0"}]},
        ["nodes[0].device_id"],
    ),
    (
        BgpPeers,
        {"project_id": PROJECT, "nodes": [NODE], "address_families": "ipv4"},
        ["address_families"],
    ),
]


@pytest.mark.parametrize(("component", "args", "keys"), MISTAKES, ids=id_of)
def test_a_mistake_is_refused_with_its_key_and_registers_nothing(
    component: type[MetalLBComponent], args: Any, keys: list[str]
) -> None:
    is_refused(component, args, keys)


def _known(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


@pytest.mark.parametrize(
    ("component", "args", "key"),
    [
        (
            ElasticIpBlock,
            lambda: {"project_id": _known("mine"), "quantity": 1, "metro": "ny"},
            "project_id",
        ),
        (
            ElasticIpBlock,
            lambda: {"project_id": PROJECT, "quantity": _known(3), "metro": "ny"},
            "quantity",
        ),
        (
            BgpSessions,
            lambda: {"sessions": [SESSION | {"device_id": _known(7)}]},
            "sessions[0].device_id",
        ),
        (
            BgpPeers,
            lambda: {"project_id": PROJECT, "nodes": [NODE | {"device_id": _known("x")}]},
            "nodes[0].device_id",
        ),
    ],
    ids=id_of,
)
def test_outputs_are_checked_when_they_are_known(
    component: type[MetalLBComponent], args: Callable[[], Any], key: str
) -> None:
    _, problems = refused(component, args)
    assert wheres(component, problems) == [key]
