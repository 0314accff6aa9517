"""Pools that layer 2 announces come over, alone and beside BGP."""

from pathlib import Path
from typing import Any

import pytest

from metallb.importing.meaning import differences
from metallb.importing.reading import read_foreign
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.stackfile import stack_config
from tests.unit.importing.inputs import (
    ADVERTISED,
    L2,
    LAN,
    PEER,
    POOL,
    checked,
    config,
    documents,
    imported,
    written,
)

Sections = dict[str, Any]
BY_NAME = f"{L2}spec: {{ipAddressPools: [lan]}}\n"
BY_LABEL = f"{L2}spec: {{ipAddressPoolSelectors: [{{matchLabels: {{announce: arp}}}}]}}\n"
EVERY = {"name": "nodes", "nodeSelectors": {"kubernetes.io/os": "linux"}}
OF_LAYER2 = {"default": {}}


@pytest.mark.parametrize("advertisement", [BY_NAME, BY_LABEL], ids=["by name", "by label"])
def test_a_pool_of_layer_2_beside_one_of_bgp_comes_over(
    advertisement: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(PEER, POOL, ADVERTISED, LAN, advertisement))
    sections, _ = imported(capsys, str(path))
    pools = sections["metallb:addressPools"]
    assert pools["lan"].pop("labels", {"announce": "arp"}) == {"announce": "arp"}
    assert pools["lan"] == {"addresses": ["203.0.113.0/28"], "layer2": OF_LAYER2}
    assert "layer2" not in pools["web"]


def test_a_pool_that_both_announce_has_both_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ADVERTISED.replace("[web]", "[web, lan]")
    path = written(tmp_path, documents(PEER, POOL, both, LAN, BY_NAME))
    sections, _ = imported(capsys, str(path))
    pools = sections["metallb:addressPools"]
    assert pools["lan"]["advertisements"] == pools["lan"]["layer2"] == OF_LAYER2


def test_an_advertisement_of_every_pool_is_one_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(PEER, POOL, ADVERTISED, LAN, L2))
    sections, lines = imported(capsys, str(path))
    pools = sections["metallb:addressPools"]
    assert pools["lan"]["layer2"] == pools["web"]["layer2"] == OF_LAYER2
    assert "advertisements" in pools["web"]
    assert any(each.startswith("today: ") and "warning[L5]" in each for each in lines)


def test_nodes_by_name_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = """\
spec:
  interfaces: [eth1, eth0]
  nodeSelectors:
  - matchLabels: {kubernetes.io/hostname: b1}
  - matchExpressions: [{key: zone, operator: NotIn, values: [c]}]
  - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [a1, a2]}]
"""
    path = written(tmp_path, documents(LAN, f"{L2}{nodes}"))
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:addressPools"]["lan"]["layer2"] == {
        "default": {
            "nodes": ["a1", "a2", "b1"],
            "interfaces": ["eth1", "eth0"],
            "nodeSelectors": [
                {"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["c"]}]}
            ],
        }
    }
    bare = {key.removeprefix("metallb:"): value for key, value in sections.items()}
    made = routing_config(stack_config(bare, source="import"), PlatformFacts())
    read = read_foreign(path)
    assert differences(read.routing, made, labels=read.foreign.pool_labels) == ()
    other = made.l2_advertisements[0].spec.model_copy(update={"interfaces": ("eth0",)})
    changed = made._replace(
        l2_advertisements=(made.l2_advertisements[0].model_copy(update={"spec": other}),)
    )
    (found,) = differences(read.routing, changed, labels=read.foreign.pool_labels)
    assert found == "pool lan is announced in another way by layer 2"


def test_layer_2_alone_needs_no_router(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, documents(LAN, BY_NAME))
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:platform"] == {"kind": "static", "racks": [EVERY]}
    assert any("no peer: rack nodes stands for every node" in each for each in lines)
    _, lines = imported(capsys, str(written(tmp_path, documents(LAN))), code=2)
    assert any("error[E116]: no peer" in each for each in lines)


def test_a_configmap_keeps_its_layer_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lan = "- {name: lan, protocol: layer2, addresses: [203.0.113.0/28]}\n"
    path = written(tmp_path, config(more=lan))
    assert checked(capsys, str(path))[0] == set()
    for release in ((), ("--release", "0.16.2")):
        sections, _ = imported(capsys, str(path), *release)
        pools = sections["metallb:addressPools"]
        assert pools["lan"] == {"addresses": ["203.0.113.0/28"], "layer2": OF_LAYER2}
        assert "layer2" not in pools["web"]
    written(tmp_path, config(more=lan.replace("203.0.113.0", "198.51.100.0")))
    assert checked(capsys, str(path))[0] == {"A2"}
