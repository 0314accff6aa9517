"""Reserved blocks and attached addresses, through the proxy."""

from typing import Any

import httpx
import pytest

from lab.metal_api import Emulation
from tests.platforms.equinix_metal.metal_api.facts import (
    IPS,
    NO_SUCH_ID,
    ONE,
    PROJECT,
    WORKER_0,
    WORKER_1,
    shape,
)


def test_the_first_block_of_one_address_is_the_documented_one(http: httpx.Client) -> None:
    answer = http.post(IPS, json=ONE)
    assert answer.status_code == 201
    block = answer.json()
    assert (block["network"], block["cidr"]) == ("147.75.40.46", 32)
    assert http.get(f"/ips/{block['id']}").json() == block


def test_a_reservation_has_the_field_types_that_clients_decode(http: httpx.Client) -> None:
    block = http.post(IPS, json={**ONE, "details": "web", "tags": ["a"]}).json()
    assert shape(block) == {
        "id": "str",
        "href": "str",
        "type": "str",
        "state": "str",
        "quantity": "int",
        "address": "str",
        "network": "str",
        "netmask": "str",
        "gateway": "str",
        "cidr": "int",
        "address_family": "int",
        "public": "bool",
        "management": "bool",
        "manageable": "bool",
        "global_ip": "bool",
        "enabled": "bool",
        "addon": "bool",
        "bill": "bool",
        "tags": ["str"],
        "details": "str",
        "facility": "null",
        "metro": {"code": "str", "name": "str"},
        "project": {"href": "str"},
        "assignments": [],
        "created_at": "str",
    }
    assert block["project"]["href"].endswith(f"/projects/{PROJECT}")
    assert block["netmask"] == "255.255.255.255"


def test_details_that_were_not_given_are_null_and_tags_an_empty_list(http: httpx.Client) -> None:
    block = http.post(IPS, json=ONE).json()
    assert block["details"] is None
    assert block["tags"] == []


def test_a_metro_is_found_in_any_case(http: httpx.Client) -> None:
    assert http.post(IPS, json={**ONE, "metro": "NY"}).json()["metro"]["code"] == "ny"


def test_a_block_reserved_by_facility_names_the_facility_and_its_metro(
    http: httpx.Client,
) -> None:
    ask = {"type": "public_ipv4", "quantity": 1, "facility": "ny5"}
    block = http.post(IPS, json=ask).json()
    assert (block["facility"]["code"], block["metro"]["code"]) == ("ny5", "ny")


def test_a_global_block_has_no_place(http: httpx.Client) -> None:
    block = http.post(IPS, json={"type": "global_ipv4", "quantity": 4}).json()
    assert (block["global_ip"], block["public"], block["cidr"]) == (True, True, 30)
    assert block["metro"] is None
    assert block["facility"] is None


def test_blocks_never_overlap_and_fill_the_first_gap(http: httpx.Client) -> None:
    made = [http.post(IPS, json={**ONE, "quantity": size}).json() for size in (4, 1, 1, 2)]
    nets = [f"{block['network']}/{block['cidr']}" for block in made]
    assert nets == ["203.0.113.0/30", "147.75.40.46/32", "203.0.113.4/32", "203.0.113.6/31"]
    http.delete(f"/ips/{made[0]['id']}")
    again = http.post(IPS, json={**ONE, "quantity": 4}).json()
    assert again["network"] == "203.0.113.0"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"quantity": 3}, "Quantity must be a power of two"),
        ({"quantity": 0}, "Quantity must be a power of two"),
        ({"quantity": -1}, "Quantity must be a power of two"),
        ({"quantity": 512}, "Quantity must be less than or equal to 256"),
        ({"type": "global_ipv4", "metro": None, "quantity": 8}, "less than or equal to 4"),
        ({"type": "global_ipv4"}, "Global IP blocks can't be reserved in a metro or facility"),
        ({"type": "private_ipv4"}, "Type private_ipv4 is not one of public_ipv4, global_ipv4"),
        ({"metro": "zz"}, "Metro zz is not valid"),
        ({"metro": None}, "Metro can't be blank"),
        ({"metro": None, "facility": "zz1"}, "Facility zz1 is not valid"),
        ({"quantity": "many"}, "quantity: Input should be a valid integer"),
    ],
)
def test_a_wrong_reservation_is_refused_with_422(
    http: httpx.Client, change: dict[str, Any], text: str
) -> None:
    before = http.get(IPS).json()["meta"]["total"]
    answer = http.post(IPS, json={**ONE, **change})
    assert answer.status_code == 422
    assert list(answer.json()) == ["errors"]
    assert text in answer.json()["errors"][0]
    assert http.get(IPS).json()["meta"]["total"] == before


def test_a_project_over_its_quota_waits_for_approval(http: httpx.Client, cloud: Emulation) -> None:
    for _ in range(2):
        assert http.post(IPS, json={**ONE, "quantity": 64}).json()["state"] == "created"
    answer = http.post(IPS, json={**ONE, "quantity": 256})
    block = answer.json()
    assert (answer.status_code, block["state"]) == (201, "pending")
    assert not {"network", "cidr", "address", "gateway", "netmask"} & set(block)
    assert block["address_family"] == 4
    refused = http.post(IPS, json={**ONE, "quantity": 256, "fail_on_approval_required": True})
    assert refused.status_code == 422
    listed = {one["id"]: one for one in http.get(IPS).json()["ip_addresses"]}
    assert listed[block["id"]] == block


def test_an_approved_reservation_gets_its_addresses(http: httpx.Client, cloud: Emulation) -> None:
    cloud.add_fault("pending")
    block = http.post(IPS, json=ONE).json()
    assert cloud.approve_block(block["id"]) == "147.75.40.46/32"
    after = http.get(f"/ips/{block['id']}").json()
    assert (after["state"], after["network"], after["cidr"]) == ("created", "147.75.40.46", 32)


def test_when_the_pool_is_empty_a_reservation_is_refused(http: httpx.Client) -> None:
    sizes = [{"type": "global_ipv4", "quantity": 4}] * 8
    assert {http.post(IPS, json=ask).status_code for ask in sizes} == {201}
    answer = http.post(IPS, json={"type": "global_ipv4", "quantity": 1})
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        ["No global_ipv4 block of /32 is available"],
    )


def test_a_deleted_block_is_gone(http: httpx.Client) -> None:
    path = f"/ips/{http.post(IPS, json=ONE).json()['id']}"
    gone = http.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert http.get(path).status_code == 404
    assert http.delete(path).status_code == 404


def test_a_missing_thing_is_a_404_that_clients_believe(http: httpx.Client) -> None:
    answer = http.get(f"/ips/{NO_SUCH_ID}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Request-Id"]
    assert answer.json() == {"errors": ["Not found"]}


def test_every_answer_has_its_own_request_id(http: httpx.Client) -> None:
    ids = {http.get("/projects").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_an_attached_address_has_the_field_types_that_clients_decode(http: httpx.Client) -> None:
    block = http.post(IPS, json={**ONE, "quantity": 2}).json()
    part = f"{block['network']}/32"
    answer = http.post(f"/devices/{WORKER_0}/ips", json={"address": part})
    assert answer.status_code == 201
    attached = answer.json()
    assert shape(attached) == {
        "id": "str",
        "href": "str",
        "address": "str",
        "network": "str",
        "netmask": "str",
        "gateway": "str",
        "cidr": "int",
        "address_family": "int",
        "public": "bool",
        "management": "bool",
        "manageable": "bool",
        "global_ip": "bool",
        "enabled": "bool",
        "tags": [],
        "assigned_to": {"href": "str"},
        "parent_block": {"network": "str", "netmask": "str", "cidr": "int", "href": "str"},
        "metro": {"code": "str", "name": "str"},
        "created_at": "str",
    }
    assert f"{attached['network']}/{attached['cidr']}" == part
    assert attached["assigned_to"]["href"].endswith(f"/devices/{WORKER_0}")
    assert http.get(f"/ips/{attached['id']}").json() == attached
    on_device = http.get(f"/devices/{WORKER_0}").json()["ip_addresses"]
    assert attached in on_device


def test_a_block_with_an_attached_address_can_not_be_deleted(http: httpx.Client) -> None:
    block = http.post(IPS, json=ONE).json()
    ask = {"address": f"{block['network']}/32"}
    attached = http.post(f"/devices/{WORKER_0}/ips", json=ask).json()
    refused = http.delete(f"/ips/{block['id']}")
    assert refused.status_code == 422
    assert refused.json()["errors"]
    assert http.get(f"/ips/{block['id']}").json()["assignments"] == [{"href": attached["href"]}]
    assert http.delete(f"/ips/{attached['id']}").status_code == 204
    assert http.delete(f"/ips/{block['id']}").status_code == 204


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("nonsense", "not a valid address"),
        ("192.0.2.1/32", "not in any IP block of the project"),
    ],
)
def test_an_address_of_no_block_can_not_be_attached(
    http: httpx.Client, address: str, text: str
) -> None:
    answer = http.post(f"/devices/{WORKER_0}/ips", json={"address": address})
    assert answer.status_code == 422
    assert text in answer.json()["errors"][0]


def test_an_attached_address_can_not_be_attached_twice(http: httpx.Client) -> None:
    block = http.post(IPS, json=ONE).json()
    ask = {"address": f"{block['network']}/32"}
    assert http.post(f"/devices/{WORKER_0}/ips", json=ask).status_code == 201
    assert http.post(f"/devices/{WORKER_1}/ips", json=ask).status_code == 422


def test_the_list_of_addresses_comes_as_one_page(http: httpx.Client) -> None:
    for _ in range(12):
        http.post(IPS, json=ONE)
    page = http.get(IPS).json()
    assert len(page["ip_addresses"]) == 15
    assert page["meta"]["next"] is None
