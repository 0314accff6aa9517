"""BGP sessions, neighbours and projects' configurations, through the proxy."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from lab.metal_api import Emulation, load_seed, running_emulation
from tests.platforms.equinix_metal.metal_api.conftest import client_of
from tests.platforms.equinix_metal.metal_api.facts import (
    NO_SUCH_ID,
    PROJECT,
    SESSIONS_0,
    WORKER_0,
    shape,
)

NEIGHBORS_0 = f"/devices/{WORKER_0}/bgp/neighbors"
V4 = {"address_family": "ipv4", "default_route": False}


def test_a_session_has_the_field_types_that_clients_decode(http: httpx.Client) -> None:
    opened = http.post(SESSIONS_0, json=V4)
    assert opened.status_code == 201
    path = f"/bgp/sessions/{opened.json()['id']}"
    session = http.get(path, params={"include": "device"}).json()
    assert shape(session) == {
        "id": "str",
        "href": "str",
        "status": "str",
        "address_family": "str",
        "default_route": "bool",
        "learned_routes": [],
        "device": {"id": "str", "hostname": "str", "href": "str"},
        "created_at": "str",
    }
    assert (session["address_family"], session["status"]) == ("ipv4", "unknown")
    assert session["device"]["id"] == WORKER_0


def test_the_device_of_a_session_is_a_bare_reference_unless_included(http: httpx.Client) -> None:
    session = http.post(SESSIONS_0, json=V4).json()
    device = http.get(f"/bgp/sessions/{session['id']}").json()["device"]
    assert device == {"href": f"/metal/v1/devices/{WORKER_0}"}


def test_a_second_session_of_a_family_is_refused_in_the_services_words(
    http: httpx.Client,
) -> None:
    assert http.post(SESSIONS_0, json=V4).status_code == 201
    again = http.post(SESSIONS_0, json=V4)
    assert again.status_code == 422
    assert again.json() == {"errors": ["Address family already has session with ipv4"]}
    assert http.post(SESSIONS_0, json={"address_family": "ipv6"}).status_code == 201


def test_a_session_of_another_owner_is_in_the_way(http: httpx.Client, cloud: Emulation) -> None:
    other = cloud.open_session("worker-0")
    assert http.post(SESSIONS_0, json=V4).status_code == 422
    listed = http.get(SESSIONS_0).json()["bgp_sessions"]
    assert [one["id"] for one in listed] == [other]
    cloud.close_session(other)
    assert http.post(SESSIONS_0, json=V4).status_code == 201


def test_an_unknown_family_and_an_unknown_device_are_refused(http: httpx.Client) -> None:
    assert http.post(SESSIONS_0, json={"address_family": "ipx"}).status_code == 422
    assert http.post(f"/devices/{NO_SUCH_ID}/bgp/sessions", json=V4).status_code == 404


def test_a_closed_session_is_gone_and_may_be_opened_again(http: httpx.Client) -> None:
    path = f"/bgp/sessions/{http.post(SESSIONS_0, json=V4).json()['id']}"
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    assert http.delete(path).status_code == 404
    assert http.post(SESSIONS_0, json=V4).status_code == 201


def test_the_routers_report_changes_the_status_only(http: httpx.Client, cloud: Emulation) -> None:
    session = http.post(SESSIONS_0, json=V4).json()
    cloud.report_session(session["id"], "up")
    assert http.get(f"/bgp/sessions/{session['id']}").json() == {**session, "status": "up"}


def test_there_are_no_neighbours_before_there_is_a_session(http: httpx.Client) -> None:
    assert http.get(NEIGHBORS_0).json() == {"bgp_neighbors": []}


def test_a_gateway_site_has_one_peer_the_private_gateway(http: httpx.Client) -> None:
    http.post(SESSIONS_0, json=V4)
    answer = http.get(NEIGHBORS_0).json()
    assert answer == {
        "bgp_neighbors": [
            {
                "address_family": 4,
                "customer_as": 65000,
                "customer_ip": "10.64.43.11",
                "md5_enabled": False,
                "md5_password": None,
                "multihop": False,
                "peer_as": 65530,
                "peer_ips": ["10.64.43.10"],
                "routes_in": [],
                "routes_out": [],
            }
        ]
    }


def test_an_ipv6_session_speaks_to_the_two_loopbacks_from_the_public_address(
    http: httpx.Client,
) -> None:
    http.post(SESSIONS_0, json={"address_family": "ipv6", "default_route": True})
    http.post(SESSIONS_0, json=V4)
    four, six = http.get(NEIGHBORS_0).json()["bgp_neighbors"]
    assert (four["address_family"], six["address_family"]) == (4, 6)
    assert (six["peer_ips"], six["multihop"]) == (["fc00::e", "fc00::f"], True)
    assert six["customer_ip"] == "2001:db8:40:4600::1"
    assert six["routes_out"] == [{"route": "::/0", "exact": True}]


def _own_seed(folder: Path, **project: Any) -> str:
    """The demo seed with another project, a ToR site, and an accepted route."""
    seed = load_seed("demo").model_dump(mode="json")
    seed["name"] = "own"
    seed["project"].update(project)
    seed["devices"][0].update(peers="tor", routes_in=[{"route": "203.0.113.0/24", "exact": False}])
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(seed))
    return str(path)


def test_a_tor_site_has_two_loopback_peers_and_the_projects_password(tmp_path: Path) -> None:
    seed = _own_seed(tmp_path, bgp={"asn": 64600, "md5": "Secret12345"})
    with running_emulation(seed) as cloud, client_of(cloud) as http:
        http.post(SESSIONS_0, json={"address_family": "ipv4", "default_route": True})
        (neighbor,) = http.get(NEIGHBORS_0).json()["bgp_neighbors"]
    assert neighbor["peer_ips"] == ["169.254.255.1", "169.254.255.2"]
    assert (neighbor["multihop"], neighbor["customer_as"]) == (True, 64600)
    assert (neighbor["md5_enabled"], neighbor["md5_password"]) == (True, "Secret12345")
    assert neighbor["routes_in"] == [{"route": "203.0.113.0/24", "exact": False}]
    assert neighbor["routes_out"] == [{"route": "0.0.0.0/0", "exact": True}]


def test_a_project_without_bgp_answers_an_empty_object_and_opens_no_session(
    tmp_path: Path,
) -> None:
    with running_emulation(_own_seed(tmp_path, bgp=None)) as cloud, client_of(cloud) as http:
        assert http.get(f"/projects/{PROJECT}/bgp-config").json() == {}
        refused = http.post(SESSIONS_0, json=V4)
        assert (refused.status_code, refused.json()["errors"]) == (
            422,
            ["BGP is not enabled for the project"],
        )


def test_a_projects_bgp_configuration_has_both_of_its_moments(http: httpx.Client) -> None:
    config = http.get(f"/projects/{PROJECT}/bgp-config").json()
    assert shape(config) == {
        "id": "str",
        "href": "str",
        "status": "str",
        "deployment_type": "str",
        "asn": "int",
        "md5": "null",
        "max_prefix": "int",
        "project": {"href": "str"},
        "sessions": [],
        "created_at": "str",
        "requested_at": "str",
    }
    assert (config["asn"], config["max_prefix"], config["status"]) == (65000, 10, "enabled")


def test_bgp_is_set_once_repeated_freely_and_never_changed(http: httpx.Client) -> None:
    project = http.post("/projects", json={"name": "new"}).json()
    path = f"/projects/{project['id']}/bgp-configs"
    ask = {"deployment_type": "local", "asn": 65001, "md5": "Secret12345"}
    answer = http.post(path, json=ask)
    assert (answer.status_code, answer.content) == (204, b"")
    assert http.post(path, json=ask).status_code == 204
    for change in ({"asn": 65002}, {"md5": "Another12345"}, {"deployment_type": "global"}):
        assert http.post(path, json={**ask, **change}).status_code == 422
    config = http.get(f"/projects/{project['id']}/bgp-config").json()
    assert (config["asn"], config["md5"]) == (65001, "Secret12345")


@pytest.mark.parametrize(
    "password",
    ["Short1", "LongerThanTwenty12345", "No-Signs-1234", "nouppercase123", "NoDigitsAtAll"],
)
def test_a_weak_password_is_refused_without_repeating_it(http: httpx.Client, password: str) -> None:
    project = http.post("/projects", json={"name": "new"}).json()
    ask = {"deployment_type": "local", "asn": 65000, "md5": password}
    answer = http.post(f"/projects/{project['id']}/bgp-configs", json=ask)
    assert answer.status_code == 422
    assert "Md5 must" in answer.json()["errors"][0]
    assert password not in answer.text


def test_a_local_configuration_takes_a_private_as_number_and_a_global_one_waits(
    http: httpx.Client,
) -> None:
    project = http.post("/projects", json={"name": "new"}).json()
    path = f"/projects/{project['id']}/bgp-configs"
    assert http.post(path, json={"deployment_type": "local", "asn": 3320}).status_code == 422
    assert http.post(path, json={"deployment_type": "global", "asn": 3320}).status_code == 204
    config = http.get(f"/projects/{project['id']}/bgp-config").json()
    assert (config["status"], config["deployment_type"]) == ("requested", "global")
