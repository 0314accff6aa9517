"""Devices, projects and paged lists, through the proxy."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from lab.metal_api import Emulation, fleet, load_seed, running_emulation
from lab.metal_api.enums import DeviceState
from lab.metal_plugin.tokens import GET_DEVICE
from tests.platforms.equinix_metal.metal_api.conftest import client_of
from tests.platforms.equinix_metal.metal_api.facts import (
    NO_SUCH_ID,
    PROJECT,
    SESSIONS_0,
    WORKER_0,
    WORKER_1,
    shape,
)

DEVICES = f"/projects/{PROJECT}/devices"
ORDER = {"plan": "c3.small.x86", "operating_system": "debian_12", "metro": "ny", "hostname": "w"}
INCLUDE = "project,metro,facility,hardware_reservation"


def test_a_device_has_the_field_types_that_clients_decode(http: httpx.Client) -> None:
    device = http.get(f"/devices/{WORKER_0}", params={"include": INCLUDE}).json()
    address = {
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
        "parent_block": "null",
        "metro": {"code": "str", "name": "str"},
        "created_at": "str",
    }
    assert shape(device) == {
        "id": "str",
        "href": "str",
        "hostname": "str",
        "description": "null",
        "state": "str",
        "billing_cycle": "str",
        "tags": ["str"],
        "plan": {"slug": "str", "name": "str"},
        "facility": {"code": "str", "name": "str"},
        "metro": {"code": "str", "name": "str"},
        "operating_system": {"slug": "str", "name": "str"},
        "project": {"id": "str", "name": "str", "href": "str"},
        "ip_addresses": [address],
        "network_ports": [
            {"id": "str", "type": "str", "name": "str", "data": {"mac": "null", "bonded": "bool"}}
        ],
        "ssh_keys": [],
        "always_pxe": "bool",
        "ipxe_script_url": "null",
        "locked": "bool",
        "created_at": "str",
        "updated_at": "str",
    }
    assert device["project"]["id"] == PROJECT
    unexpanded = http.get(f"/devices/{WORKER_0}").json()["project"]
    assert unexpanded == {"href": f"/metal/v1/projects/{PROJECT}"}
    assert [one["data"]["mac"] is None for one in device["network_ports"]] == [True, False, False]


def test_a_device_has_its_private_pair_and_its_public_addresses(http: httpx.Client) -> None:
    addresses = http.get(f"/devices/{WORKER_0}").json()["ip_addresses"]
    found = {(one["address_family"], one["public"]): one for one in addresses}
    private = found[4, False]
    assert (private["address"], private["gateway"]) == ("10.64.43.11", "10.64.43.10")
    assert (private["cidr"], private["network"]) == (31, "10.64.43.10")
    assert found[4, True]["address"] == "198.51.100.65"
    assert found[6, True]["address"] == "2001:db8:40:4600::1"
    assert all(one["management"] for one in addresses)


def test_a_search_finds_host_names_that_contain_the_word(http: httpx.Client) -> None:
    found = http.get(DEVICES, params={"search": "WORKER-1"}).json()
    assert [one["hostname"] for one in found["devices"]] == ["worker-1"]
    assert found["meta"]["total"] == 1
    assert http.get(DEVICES, params={"search": "absent"}).json()["devices"] == []


def test_a_long_list_is_followed_page_by_page_to_its_end() -> None:
    with running_emulation(fleet(23)) as cloud, client_of(cloud) as http:
        first = http.get(DEVICES, params={"search": "node-", "include": "metro"}).json()
        assert first["meta"] == {
            "total": 23,
            "current_page": 1,
            "last_page": 3,
            "self": {"href": f"{DEVICES}?search=node-&include=metro&page=1"},
            "first": {"href": f"{DEVICES}?search=node-&include=metro&page=1"},
            "last": {"href": f"{DEVICES}?search=node-&include=metro&page=3"},
            "previous": None,
            "next": {"href": f"{DEVICES}?search=node-&include=metro&page=2"},
        }
        names, page = [], first
        while page["meta"]["next"]:
            names += [one["hostname"] for one in page["devices"]]
            # Clients put their base URL before the href: a /metal/v1 in it would be doubled.
            page = http.get(page["meta"]["next"]["href"]).json()
        names += [one["hostname"] for one in page["devices"]]
        assert names == [f"node-{number:04d}" for number in range(23)]
        assert page["meta"]["previous"]["href"].endswith("page=2")
        assert http.get(DEVICES, params={"per_page": 1000}).json()["meta"]["last_page"] == 1
        assert http.get(DEVICES, params={"page": 9}).json()["devices"] == []
        assert http.get(DEVICES, params={"page": 0}).status_code == 422


def test_a_thousand_devices_are_searched_in_milliseconds() -> None:
    with running_emulation(fleet(1000)) as cloud, client_of(cloud) as http:
        # Client and cloud are both this process: what others take of the machine does not count.
        began = time.process_time()
        for number in range(0, 1000, 50):
            found = http.get(DEVICES, params={"search": f"node-{number:04d}", "include": INCLUDE})
            assert found.json()["meta"]["total"] == 1
        # One takes a few milliseconds; the bound allows for a slow machine.
        assert time.process_time() - began < 5


def test_a_moved_private_address_is_answered_from_then_on(
    http: httpx.Client, cloud: Emulation
) -> None:
    http.post(SESSIONS_0, json={"address_family": "ipv4"})
    cloud.move_private_address("worker-0", "10.64.43.21", "10.64.43.20")
    (neighbor,) = http.get(f"/devices/{WORKER_0}/bgp/neighbors").json()["bgp_neighbors"]
    assert (neighbor["customer_ip"], neighbor["peer_ips"]) == ("10.64.43.21", ["10.64.43.20"])


def test_an_address_that_a_device_came_with_is_found_under_its_href_and_stays(
    http: httpx.Client,
) -> None:
    for address in http.get(f"/devices/{WORKER_0}").json()["ip_addresses"]:
        path = address["href"].removeprefix("/metal/v1")
        assert http.get(path).json() == address
        assert http.delete(path).status_code == 422
        assert http.get(path).status_code == 200


@pytest.mark.parametrize("state", list(DeviceState))
def test_a_device_is_in_the_state_that_was_reported_until_the_next_report(
    http: httpx.Client, cloud: Emulation, state: DeviceState
) -> None:
    cloud.report_device("worker-0", state)
    assert http.get(f"/devices/{WORKER_0}").json()["state"] == state
    assert cloud.mocks.call(GET_DEVICE, {"deviceId": WORKER_0})["state"] == state
    assert http.get(f"/devices/{WORKER_1}").json()["state"] == "active"
    cloud.report_device("worker-0", "active")
    assert http.get(f"/devices/{WORKER_0}").json()["state"] == "active"


def test_an_order_can_fail_while_it_is_still_being_worked_on() -> None:
    seed = load_seed("demo").model_copy(update={"provisioning_seconds": 100.0})
    with running_emulation(seed) as cloud, client_of(cloud) as http:
        made = http.post(DEVICES, json=ORDER).json()
        assert http.get(f"/devices/{made['id']}").json()["state"] == "queued"
        cloud.report_device(made["id"], "failed")
        assert http.get(f"/devices/{made['id']}").json()["state"] == "failed"


def test_a_change_of_a_device_moves_its_time_of_change_and_nothing_else() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    passed = [0.0]
    with (
        running_emulation(clock=lambda: moment + timedelta(seconds=passed[0])) as cloud,
        client_of(cloud) as http,
    ):

        def times() -> tuple[str, str]:
            device = http.get(f"/devices/{WORKER_0}").json()
            return device["created_at"], device["updated_at"]

        made = "2026-01-01T00:00:00Z"
        passed[0] = 60.0
        assert times() == (made, made)
        http.put(f"/devices/{WORKER_0}", json={"description": "edge"})
        assert times() == (made, "2026-01-01T00:01:00Z")
        passed[0] = 120.0
        cloud.report_device("worker-0", "inactive")
        assert times() == (made, "2026-01-01T00:02:00Z")


def test_each_call_has_an_id_of_the_makers_that_the_cloud_was_given() -> None:
    def ids(kind: str, serial: int) -> str:
        return f"{kind}-number-{serial}"

    with running_emulation(ids=ids) as cloud, client_of(cloud) as http:
        answers = [http.get("/projects") for _ in range(2)]
    request_ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert request_ids == ["request-number-1", "request-number-2"]


def test_a_removed_device_takes_its_sessions_along(http: httpx.Client, cloud: Emulation) -> None:
    session = http.post(SESSIONS_0, json={"address_family": "ipv4"}).json()
    cloud.remove_device("worker-0")
    assert http.get(f"/devices/{WORKER_0}").status_code == 404
    assert http.get(f"/bgp/sessions/{session['id']}").status_code == 404


def test_a_new_device_is_queued_then_provisioned_then_active() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    passed = [0.0]
    seed = load_seed("demo").model_copy(update={"provisioning_seconds": 100.0})
    with (
        running_emulation(seed, clock=lambda: moment + timedelta(seconds=passed[0])) as cloud,
        client_of(cloud) as http,
    ):
        answer = http.post(DEVICES, json=ORDER)
        assert (answer.status_code, answer.json()["state"]) == (201, "queued")
        path, states = f"/devices/{answer.json()['id']}", []
        for seconds in (0.0, 60.0, 100.0):
            passed[0] = seconds
            states.append(http.get(path).json()["state"])
        assert states == ["queued", "provisioning", "active"]
        private = http.get(path).json()["ip_addresses"][1]
        assert (private["public"], private["gateway"]) == (False, "10.64.43.0")
        assert http.put(path, json={"hostname": "renamed"}).json()["hostname"] == "renamed"
        assert http.request("DELETE", path, json={"force_delete": True}).status_code == 204
        assert http.get(path).status_code == 404


def test_a_project_is_made_renamed_listed_and_deleted(http: httpx.Client) -> None:
    made = http.post("/projects", json={"name": "new"})
    assert made.status_code == 201
    project = made.json()
    assert shape(project) == {
        "id": "str",
        "href": "str",
        "name": "str",
        "organization": {"href": "str"},
        "payment_method": {"href": "str"},
        "backend_transfer_enabled": "bool",
        "created_at": "str",
        "updated_at": "str",
    }
    path = f"/projects/{project['id']}"
    changed = http.patch(path, json={"name": "other", "backend_transfer_enabled": True})
    assert (changed.status_code, changed.json()["name"]) == (200, "other")
    assert http.get(path).json()["backend_transfer_enabled"] is True
    names = [one["name"] for one in http.get("/projects").json()["projects"]]
    assert names == ["metallb-demo", "other"]
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404


def test_a_project_with_devices_can_not_be_deleted(http: httpx.Client) -> None:
    assert http.delete(f"/projects/{PROJECT}").status_code == 422
    assert http.get(f"/projects/{NO_SUCH_ID}").status_code == 404


def test_a_call_that_does_not_exist_is_a_json_404(http: httpx.Client) -> None:
    for method, path in (("GET", "/nonsense"), ("DELETE", "/projects")):
        answer = http.request(method, path)
        assert (answer.status_code, answer.json()) == (404, {"errors": ["Not found"]})


def test_a_call_without_a_token_is_refused_and_changes_nothing(cloud: Emulation) -> None:
    with client_of(cloud, headers={}) as http:
        answer = http.delete(f"/projects/{PROJECT}")
        assert answer.status_code == 401
        assert answer.json() == {"error": "Invalid authentication token"}


def test_a_body_that_is_no_json_is_refused(http: httpx.Client) -> None:
    answer = http.post(DEVICES, content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"errors": ["Invalid JSON"]})


def test_calls_that_overlap_are_counted_and_those_one_after_the_other_are_not(
    cloud: Emulation,
) -> None:
    call, path = "GET /projects/{id}", f"/projects/{PROJECT}"

    def ask(_: int) -> int:
        with client_of(cloud) as own:
            return own.get(path).status_code

    assert [ask(0), ask(1)] == [200, 200]
    assert cloud.peaks() == {call: 1}
    cloud.add_fault("delay", seconds=1, path="/projects/{id}", times=3)
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(ask, range(3))) == [200] * 3
    assert cloud.peaks() == {call: 3}
    cloud.reset_calls()
    assert cloud.peaks() == {}
