"""The control door: for a caller that has its token, and on loopback alone."""

import socket
import stat
from pathlib import Path

import httpx
import pytest

from lab.metal_api import Emulation, running_emulation
from lab.metal_api.api import STRANGE_TOKEN
from lab.metal_api.app import CONTROL_HEADER
from tests.platforms.equinix_metal.metal_api.conftest import client_of
from tests.platforms.equinix_metal.metal_api.facts import PROJECT

DOORS = [
    ("GET", "ready"),
    ("GET", "calls"),
    ("DELETE", "calls"),
    ("GET", "peaks"),
    ("GET", "faults"),
    ("POST", "faults"),
    ("GET", "inventory"),
    ("POST", "act/reset"),
]


@pytest.fixture
def stranger(cloud: Emulation) -> httpx.Client:
    """A client on this machine, which trusts the authority and has no token of the door."""
    return httpx.Client(base_url=cloud.url, verify=False, trust_env=False)  # noqa: S501 - loopback


@pytest.mark.parametrize(("method", "path"), DOORS)
@pytest.mark.parametrize("token", [None, "", "emulation"])
def test_every_page_of_the_control_door_wants_its_token(
    stranger: httpx.Client, method: str, path: str, token: str | None
) -> None:
    headers = {"X-Auth-Token": "emulation"} | ({} if token is None else {CONTROL_HEADER: token})
    assert stranger.request(method, f"/_lab/{path}", headers=headers).status_code == 401


def test_the_token_is_its_owners_file_and_outlives_a_restart(tmp_path: Path) -> None:
    with running_emulation("demo", tmp_path) as first:
        assert first.ready()
    file = tmp_path / "control.token"
    token = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with running_emulation("demo", tmp_path) as second:
        assert second.ready()
    assert file.read_text() == token
    with running_emulation("demo") as other, httpx.Client(verify=False) as http:  # noqa: S501
        answer = http.get(f"{other.url}/_lab/ready", headers={CONTROL_HEADER: token})
        assert answer.status_code == 401


def test_both_listeners_are_on_loopback_alone(cloud: Emulation) -> None:
    proxy = int(cloud.env["HTTPS_PROXY"].rpartition(":")[2])
    backend = int(cloud.url.rpartition(":")[2])
    for port in (proxy, backend):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        # Bound to every address, it would answer at this one as well.
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_token_of_another_project_sees_nothing_and_may_do_nothing(cloud: Emulation) -> None:
    with client_of(cloud, headers={"X-Auth-Token": STRANGE_TOKEN}) as http:
        assert http.get(f"/projects/{PROJECT}/ips").status_code == 404
        wanted = {"type": "public_ipv4", "quantity": 1, "metro": "ny"}
        assert http.post(f"/projects/{PROJECT}/ips", json=wanted).status_code == 403
    assert not [each for each in cloud.inventory()["blocks"] if each["tags"]]
