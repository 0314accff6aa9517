"""`MetalMocks`: the same cloud, in the provider plugin's terms."""

import json
import uuid
from typing import Any

import httpx
import pytest

from lab.metal_api import Emulation, fleet, open_mocks
from lab.metal_plugin import tokens as t
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.values import SIGNATURE
from tests.platforms.equinix_metal.metal_api.facts import (
    IPS,
    NO_SUCH_ID,
    ONE,
    PROJECT,
    SESSIONS_0,
    WORKER_0,
    WORKER_1,
)

BLOCK = {"projectId": PROJECT, "quantity": 1.0, "metro": "ny", "type": "public_ipv4"}


def test_a_block_made_at_one_door_is_the_same_at_the_other(
    http: httpx.Client, cloud: Emulation
) -> None:
    block_id, outputs = cloud.mocks.new_resource(
        t.RESERVED_IP_BLOCK, "eip", {**BLOCK, "description": "web", "tags": ["b", "a"]}
    )
    block = http.get(f"/ips/{block_id}").json()
    assert outputs == {
        "address": block["address"],
        "addressFamily": 4,
        "cidr": 32,
        "cidrNotation": "147.75.40.46/32",
        "description": "web",
        "gateway": block["gateway"],
        "global": False,
        "id": block_id,
        "manageable": True,
        "management": False,
        "metro": "ny",
        "netmask": "255.255.255.255",
        "network": "147.75.40.46",
        "projectId": PROJECT,
        "public": True,
        "quantity": 1,
        "tags": ["a", "b"],
        "type": "public_ipv4",
    }
    assert block["details"] == "web"


def test_a_global_block_says_so_and_tags_come_in_the_plugins_order(cloud: Emulation) -> None:
    tags = ["zeta", "alpha", "m", "beta", "10", "9"]
    ask = {"projectId": PROJECT, "quantity": 2, "type": "global_ipv4", "tags": tags}
    _, outputs = cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", ask)
    assert (outputs["global"], outputs["type"], outputs["quantity"]) == (True, "global_ipv4", 2)
    assert "metro" not in outputs
    # As the published plugin keeps these six (recorded).
    assert outputs["tags"] == ["10", "beta", "alpha", "zeta", "9", "m"]


def test_ids_look_like_those_that_clients_accept(cloud: Emulation) -> None:
    block_id, _ = cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", BLOCK)
    assert uuid.UUID(block_id).version == 4


def test_what_was_made_over_http_is_read_for_an_import(
    http: httpx.Client, cloud: Emulation
) -> None:
    block = http.post(IPS, json=ONE).json()
    session = http.post(SESSIONS_0, json={"address_family": "ipv4"}).json()
    ask = {"address": f"{block['network']}/32"}
    attached = http.post(f"/devices/{WORKER_0}/ips", json=ask).json()
    assert cloud.mocks.read(t.RESERVED_IP_BLOCK, block["id"])["cidrNotation"] == "147.75.40.46/32"
    assert cloud.mocks.read(t.BGP_SESSION, session["id"]) == {
        "addressFamily": "ipv4",
        "defaultRoute": False,
        "deviceId": WORKER_0,
        "id": session["id"],
        "status": "unknown",
    }
    read = cloud.mocks.read(t.IP_ATTACHMENT, attached["id"])
    assert (read["deviceId"], read["cidrNotation"]) == (WORKER_0, "147.75.40.46/32")


def test_both_doors_make_the_same_calls(http: httpx.Client, cloud: Emulation) -> None:
    """The calls that the published plugin makes (recorded) for one block and one session."""
    cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", BLOCK)
    cloud.mocks.new_resource(
        t.BGP_SESSION, "s", {"deviceId": WORKER_0, "addressFamily": "ipv4", "defaultRoute": False}
    )
    cloud.mocks.call(t.GET_DEVICE, {"hostname": "worker-0", "projectId": PROJECT})
    cloud.mocks.call(t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": WORKER_0})
    assert cloud.calls() == {
        "GET /bgp/sessions/{id}": 1,
        "GET /devices/{id}/bgp/neighbors": 1,
        "GET /ips/{id}": 1,
        "GET /projects/{id}/devices": 1,
        "POST /devices/{id}/bgp/sessions": 1,
        "POST /projects/{id}/ips": 1,
    }
    cloud.reset_calls()
    assert cloud.calls() == {}


def test_a_device_is_answered_by_host_name_and_by_id_alike(cloud: Emulation) -> None:
    by_name = cloud.mocks.call(t.GET_DEVICE, {"hostname": "worker-1", "projectId": PROJECT})
    assert by_name == cloud.mocks.call(t.GET_DEVICE, {"deviceId": WORKER_1})
    assert by_name["accessPrivateIpv4"] == "10.64.54.3"
    assert by_name["accessPublicIpv4"] == "198.51.100.67"
    assert by_name["accessPublicIpv6"] == "2001:db8:40:4600::3"
    assert [(one["family"], one["public"], one["gateway"]) for one in by_name["networks"]] == [
        (4, True, "198.51.100.66"),
        (6, True, "2001:db8:40:4600::2"),
        (4, False, "10.64.54.2"),
    ]
    assert (by_name["networkType"], by_name["metro"], by_name["facility"]) == (
        "layer3",
        "ny",
        "ny5",
    )
    # Left out by the plugin for such devices, as opposed to empty.
    assert not {"description", "storage", "hardwareReservationId"} & set(by_name)


def test_an_attached_address_shows_on_the_device_but_is_no_access_address(
    cloud: Emulation,
) -> None:
    _, block = cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", BLOCK)
    notation = {"deviceId": WORKER_0, "cidrNotation": block["cidrNotation"]}
    attachment, _ = cloud.mocks.new_resource(t.IP_ATTACHMENT, "a", notation)
    device = cloud.mocks.call(t.GET_DEVICE, {"deviceId": WORKER_0})
    assert [one["address"] for one in device["networks"]][1] == "147.75.40.46"
    assert device["accessPublicIpv4"] == "198.51.100.65"
    cloud.mocks.delete(t.IP_ATTACHMENT, attachment)
    assert len(cloud.mocks.call(t.GET_DEVICE, {"deviceId": WORKER_0})["networks"]) == 3


def test_neighbours_have_the_plugins_names(cloud: Emulation) -> None:
    none = cloud.mocks.call(t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": WORKER_0})
    assert none == {"deviceId": WORKER_0, "id": WORKER_0, "bgpNeighbors": []}
    cloud.open_session("worker-0")
    (one,) = cloud.mocks.call(t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": WORKER_0})["bgpNeighbors"]
    assert one == {
        "addressFamily": 4,
        "customerAs": 65000,
        "customerIp": "10.64.43.11",
        "md5Enabled": False,
        "md5Password": "",
        "multihop": False,
        "peerAs": 65530,
        "peerIps": ["10.64.43.10"],
        "routesIns": [],
        "routesOuts": [],
    }


def test_blocks_are_found_by_id_by_address_and_by_kind(cloud: Emulation) -> None:
    block_id, block = cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", {**BLOCK, "quantity": 4})
    by_id = cloud.mocks.call(t.GET_RESERVED_IP_BLOCK, {"id": block_id})
    by_address = cloud.mocks.call(
        t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT, "ipAddress": "203.0.113.3"}
    )
    assert by_id["cidrNotation"] == block["cidrNotation"] == "203.0.113.0/30"
    assert by_address == {**by_id, "ipAddress": "203.0.113.3"}
    private = {"projectId": PROJECT, "addressFamily": 4, "public": False, "metro": "ny"}
    found = cloud.mocks.call(t.GET_PRECREATED_IP_BLOCK, private)
    assert (found["cidrNotation"], found["type"]) == ("10.64.43.0/25", "private_ipv4")
    six = {"projectId": PROJECT, "addressFamily": 6, "public": True}
    found = cloud.mocks.call(t.GET_PRECREATED_IP_BLOCK, six)
    assert (found["quantity"], found["type"]) == (256, "public_ipv6")
    cloud.mocks.new_resource(
        t.RESERVED_IP_BLOCK, "g", {"projectId": PROJECT, "quantity": 1, "type": "global_ipv4"}
    )
    ranges = cloud.mocks.call(t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "metro": "ny"})
    assert ranges == {
        "id": f"{PROJECT}-ny-IPs",
        "projectId": PROJECT,
        "metro": "ny",
        "publicIpv4s": ["203.0.113.0/30"],
        "globalIpv4s": ["198.51.100.128/32"],
        "privateIpv4s": ["10.64.43.0/25", "10.64.54.0/25"],
        "ipv6s": ["2001:db8:40:4600::/56"],
    }


def test_metro_codes_of_precreated_blocks_compare_by_case(cloud: Emulation) -> None:
    ask = {"projectId": PROJECT, "addressFamily": 4, "public": False, "metro": "NY"}
    with pytest.raises(PluginError, match="Could not find matching reserved block"):
        cloud.mocks.call(t.GET_PRECREATED_IP_BLOCK, ask)


def test_a_project_keeps_its_secret_out_of_the_envelope_and_out_of_errors(
    cloud: Emulation,
) -> None:
    config = {"asn": 65000.0, "deploymentType": "local", "md5": "Secret12345"}
    wrapped = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": config}
    project_id, project = cloud.mocks.new_resource(
        t.PROJECT, "p", {"name": "new", "bgpConfig": wrapped}
    )
    assert project["bgpConfig"] == {
        "asn": 65000,
        "deploymentType": "local",
        "maxPrefix": 10,
        "md5": "Secret12345",
        "status": "enabled",
    }
    found = cloud.mocks.call(t.GET_PROJECT, {"name": "new"})
    assert (found["projectId"], found["bgpConfigs"]) == (project_id, [project["bgpConfig"]])
    bad = {"name": "worse", "bgpConfig": {**config, "md5": "weak-secret"}}
    with pytest.raises(PluginError, match="Md5 must be alphanumeric") as refused:
        cloud.mocks.new_resource(t.PROJECT, "p", bad)
    assert "weak-secret" not in str(refused.value)


def test_a_bgp_configuration_that_can_not_be_read_is_taken_for_none_at_all(
    cloud: Emulation,
) -> None:
    for fault in ({"kind": "status", "status": 500}, {"kind": "reset"}, {"kind": "broken_body"}):
        cloud.add_fault(method="GET", path="/projects/{id}/bgp-config", **fault)
        assert "bgpConfigs" not in cloud.mocks.call(t.GET_PROJECT, {"projectId": PROJECT})
    assert len(cloud.mocks.call(t.GET_PROJECT, {"projectId": PROJECT})["bgpConfigs"]) == 1


def test_the_plugin_refuses_some_inputs_before_it_calls(cloud: Emulation) -> None:
    wrong: list[dict[str, Any]] = [
        {"projectId": PROJECT, "quantity": 1},
        {**BLOCK, "facility": "ny5"},
        {**BLOCK, "type": "global_ipv4"},
        {**BLOCK, "type": "private_ipv4"},
    ]
    for inputs in wrong:
        with pytest.raises(PluginError):
            cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", inputs)
    for args in ({}, {"hostname": "worker-0"}):
        with pytest.raises(PluginError):
            cloud.mocks.call(t.GET_DEVICE, args)
    assert cloud.calls() == {}
    with pytest.raises(PluginError, match="power of two"):
        cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", {**BLOCK, "quantity": 3})


def test_a_missing_thing_raises_and_a_missing_deletion_does_not(cloud: Emulation) -> None:
    with pytest.raises(PluginError, match="API Error HTTP 404 Not found"):
        cloud.mocks.read(t.BGP_SESSION, NO_SUCH_ID)
    with pytest.raises(PluginError, match="no device found"):
        cloud.mocks.call(t.GET_DEVICE, {"hostname": "worker", "projectId": PROJECT})
    cloud.mocks.delete(t.BGP_SESSION, NO_SUCH_ID)
    block_id, block = cloud.mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", BLOCK)
    notation = {"deviceId": WORKER_0, "cidrNotation": block["cidrNotation"]}
    cloud.mocks.new_resource(t.IP_ATTACHMENT, "a", notation)
    with pytest.raises(PluginError, match="422 An IP block with addresses"):
        cloud.mocks.delete(t.RESERVED_IP_BLOCK, block_id)


@pytest.mark.parametrize(
    "token",
    [
        "equinix-metal:index/device:Device",
        "equinix-metal:index/getMetro:getMetro",
        "kubernetes:core/v1:ConfigMap",
    ],
)
def test_an_unknown_token_is_never_answered(cloud: Emulation, token: str) -> None:
    for ask in (
        lambda: cloud.mocks.call(token, {}),
        lambda: cloud.mocks.new_resource(token, "x", {}),
        lambda: cloud.mocks.read(token, NO_SUCH_ID),
        lambda: cloud.mocks.delete(token, NO_SUCH_ID),
    ):
        with pytest.raises(PluginError, match="unknown to the emulated provider"):
            ask()


def test_a_recording_comes_out_the_same_every_time() -> None:
    def record() -> str:
        mocks = open_mocks("demo")
        made = [
            mocks.new_resource(t.RESERVED_IP_BLOCK, "eip", BLOCK),
            mocks.new_resource(t.BGP_SESSION, "s", {"deviceId": WORKER_0, "addressFamily": "ipv4"}),
            mocks.new_resource(t.PROJECT, "p", {"name": "new"}),
            mocks.call(t.GET_DEVICE, {"hostname": "worker-0", "projectId": PROJECT}),
        ]
        return json.dumps(made)

    assert record() == record()


def test_a_host_name_is_found_among_many_that_contain_it() -> None:
    mocks = open_mocks(fleet(1000))
    found = mocks.call(t.GET_DEVICE, {"hostname": "node-0007", "projectId": PROJECT})
    assert found["hostname"] == "node-0007"
    with pytest.raises(PluginError, match="no device found"):
        mocks.call(t.GET_DEVICE, {"hostname": "node-00", "projectId": PROJECT})
    # 100 names contain the word: ten pages were read to say so.
    assert mocks.api.calls() == {"GET /projects/{id}/devices": 11}
