"""A stack of layer 2 alone: the program needs no peer, no router and no AS number."""

from typing import Any

from tests.support.programs import run_root, sections
from tests.support.record import Record


def alone(found: dict[str, Any]) -> None:
    found.pop("bgp")
    found["platform"] = {"kind": "static", "racks": [{"name": "a", "nodes": ["a1"]}]}
    found["addressPools"] = {
        "lan": {"addresses": ["192.0.2.200-192.0.2.220"], "layer2": {"default": {}}}
    }


def updated(version: str) -> Record:
    found = sections("onprem", alone)
    found["install"]["version"] = version
    return run_root(found)


def test_pool_and_advertisement_are_made_and_nothing_of_bgp() -> None:
    made = {item.kind: item for item in updated("0.16.2").resources}
    assert "BGPPeer" not in made
    assert "BGPAdvertisement" not in made
    assert made["L2Advertisement"].inputs.plain["spec"] == {"ipAddressPools": ["lan"]}
    assert made["L2Advertisement"].delete_before_replace


def test_the_configmap_has_the_pool_alone() -> None:
    (made,) = (item for item in updated("0.12.1").resources if item.kind == "ConfigMap")
    text = made.inputs.plain["data"]["config"]
    assert "protocol: layer2" in text
    assert "peers" not in text
