"""What survives a restart, and what a seed file may say."""

import itertools
from pathlib import Path

import pytest

from lab.metal_api import MetalApiError, load_seed, open_backend, open_mocks, running_emulation
from lab.metal_api.control import Control
from lab.metal_plugin import tokens as t
from lab.metal_plugin.errors import PluginError
from tests.platforms.equinix_metal.metal_api.conftest import client_of
from tests.platforms.equinix_metal.metal_api.facts import IPS, ONE, PROJECT, SESSIONS_0, WORKER_0
from tests.support.paths import PROJECT_ROOT

DEMO = PROJECT_ROOT / "lab" / "metal_api" / "seeds" / "demo.yaml"


def test_everything_made_survives_a_restart(tmp_path: Path) -> None:
    with running_emulation("demo", tmp_path) as cloud, client_of(cloud) as http:
        block = http.post(IPS, json={**ONE, "tags": ["kept"]}).json()
        session = http.post(SESSIONS_0, json={"address_family": "ipv4"}).json()
        ask = {"name": "new"}
        project = http.post("/projects", json=ask).json()
        bgp = {"deployment_type": "local", "asn": 65000, "md5": "Secret12345"}
        http.post(f"/projects/{project['id']}/bgp-configs", json=bgp)
        before = cloud.inventory()
    with running_emulation("demo", tmp_path) as cloud, client_of(cloud) as http:
        assert cloud.inventory() == before
        assert http.get(f"/ips/{block['id']}").json() == block
        config = http.get(f"/projects/{project['id']}/bgp-config").json()
        assert config["md5"] == "Secret12345"
        another = http.post(IPS, json=ONE).json()
        assert another["id"] != block["id"]
        assert another["network"] != block["network"]
        assert http.delete(f"/bgp/sessions/{session['id']}").status_code == 204
        assert http.delete(f"/ips/{block['id']}").status_code == 204


def test_the_environment_survives_a_restart(tmp_path: Path) -> None:
    environments = []
    # Between an end and a start another program may get one of the ports, but not every time.
    for _ in range(4):
        with running_emulation("demo", tmp_path) as cloud:
            environments.append(cloud.env)
    assert any(one == following for one, following in itertools.pairwise(environments))


def test_the_second_door_goes_on_from_a_state_file_too(tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    session = {"deviceId": WORKER_0, "addressFamily": "ipv4"}
    session_id, made = open_mocks(state_path=path).new_resource(t.BGP_SESSION, "s", session)
    assert open_mocks(state_path=path).read(t.BGP_SESSION, session_id) == made


def test_a_reset_starts_again_from_the_seed(tmp_path: Path) -> None:
    with running_emulation("demo", tmp_path) as cloud, client_of(cloud) as http:
        first = http.post(IPS, json=ONE).json()
        cloud.remove_device("worker-1")
        cloud.reset()
        assert len(cloud.inventory()["devices"]) == 2
        again = http.post(IPS, json=ONE).json()
        assert (again["id"], again["network"]) == (first["id"], first["network"])


def test_a_folder_goes_on_with_its_own_seed_only(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(DEMO.read_text().replace("name: demo", "name: other", 1))
    path = tmp_path / "cloud.json"
    open_backend("demo", state_path=path)
    with pytest.raises(MetalApiError, match="of seed demo, and not of other"):
        open_backend(str(other), state_path=path)


def test_a_spoilt_state_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    path.write_text("{")
    with pytest.raises(MetalApiError, match=r"cloud\.json") as spoilt:
        open_backend("demo", state_path=path)
    assert "remove the file" in spoilt.value.problem.help


def test_the_demo_seed_is_the_documented_one() -> None:
    seed = load_seed("demo")
    assert seed.project.id == PROJECT
    pairs = {
        device.hostname: (str(device.private.address), str(device.private.gateway))
        for device in seed.devices
    }
    assert pairs == {
        "worker-0": ("10.64.43.11/31", "10.64.43.10"),
        "worker-1": ("10.64.54.3/31", "10.64.54.2"),
    }


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("metro: ny", "metro: zz", "E109", "device worker-0 is in metro zz"),
        ("3f6f1b01", "3f6f1b00", "E109", "2 devices have the id 2b9f6f0e"),
        ("peers: gateway", "peers: switch", "E105", r"\(devices\[0\]\.peers\)"),
        ("10.64.43.11/31", "10.64.43.311/31", "E105", r"\(devices\[0\]\.private\.address\)"),
        ("name: demo\n", "name: demo\ncolour: blue\n", "E102", r"\(colour\)"),
        ("project:", "project: [", "E101", "valid YAML"),
    ],
)
def test_a_mistake_in_a_seed_has_a_code_and_its_place(
    tmp_path: Path, old: str, new: str, code: str, message: str
) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(DEMO.read_text().replace(old, new, 1))
    with pytest.raises(MetalApiError, match=message) as refused:
        open_backend(load_seed(str(path)))
    assert [each.code for each in refused.value.problems] == [code]


def test_a_session_of_the_seed_stands_in_the_way_of_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(f"{DEMO.read_text()}\nsessions:\n  - {{hostname: worker-0}}\n")
    mocks = open_mocks(str(path))
    session = {"deviceId": WORKER_0, "addressFamily": "ipv4"}
    with pytest.raises(PluginError, match="already has session"):
        mocks.new_resource(t.BGP_SESSION, "s", session)
    path.write_text(f"{DEMO.read_text()}\nsessions:\n  - {{hostname: absent}}\n")
    with pytest.raises(MetalApiError, match="absent, the name of no devices"):
        open_mocks(str(path))


def test_devices_of_one_host_name_differ_by_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    twins = DEMO.read_text().replace("hostname: worker-1", "hostname: worker-0")
    path.write_text("\n".join(line for line in twins.splitlines() if "2b9f6f0e" not in line))
    path.write_text(path.read_text().replace("    hostname: worker-0", "  - hostname: worker-0"))
    mocks = open_mocks(str(path))
    state = mocks.api.backend.state
    assert [device.hostname for device in state.devices.values()] == ["worker-0"] * 2
    interfaces = [one.id for device in state.devices.values() for one in device.interfaces]
    ports = [one for device in state.devices.values() for one in device.port_ids]
    assert len(set(interfaces)) == len(interfaces)
    assert len(set(ports)) == len(ports)
    with pytest.raises(PluginError, match=r"too many devices found .* \(found 2, expected 1\)"):
        mocks.call(t.GET_DEVICE, {"hostname": "worker-0", "projectId": PROJECT})
    for device_id in state.devices:
        assert mocks.call(t.GET_DEVICE, {"deviceId": device_id})["id"] == device_id
    with pytest.raises(MetalApiError, match="2 devices"):
        Control(mocks.api).act("remove-device", {"device": "worker-0"})
    path.write_text(f"{path.read_text()}\nsessions:\n  - {{hostname: worker-0}}\n")
    with pytest.raises(MetalApiError, match="worker-0, the name of 2 devices"):
        open_mocks(str(path))


def test_an_unknown_seed_is_an_error_with_the_shipped_ones() -> None:
    with pytest.raises(MetalApiError, match=r"shipped seed \(demo"):
        load_seed("nonesuch")


def test_a_fleet_has_as_many_devices_as_given_with_pairs_of_their_own() -> None:
    seed = load_seed("fleet:300")
    pairs = {str(device.private.address.network) for device in seed.devices}
    assert len(pairs) == len(seed.devices) == 300
    for name in ("fleet:0", "fleet:5000"):
        with pytest.raises(MetalApiError, match="1 to 4096 devices"):
            load_seed(name)
