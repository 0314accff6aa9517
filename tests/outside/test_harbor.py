"""A platform of another package goes through every command without a line changed elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.paths import PROJECT_ROOT

HERE = Path(__file__).parent
STACK = """\
config:
  metallb:install: {version: 0.16.2, source: existing}
  metallb:platform:
    kind: harbor
    servers:
      - {id: srv-7/b, hostname: edge-0}
      - {id: srv-9/c, hostname: edge-1}
    addresses: {web: 3}
  metallb:bgp: {holdTime: 9s}
  metallb:addressPools:
    default: {blocks: [web]}
  metallb:kubernetes: {context: harbor}
"""
INVENTORY = {
    "servers": {
        "srv-7/b": {"hall": "north", "address": "10.7.0.2"},
        "srv-9/c": {"hall": "south", "address": "10.9.0.2"},
    },
    "halls": {
        "north": {
            "servers_asn": 4200000007,
            "routers_asn": 64601,
            "routers": ["10.7.9.2", "10.7.9.1"],
        },
        "south": {
            "servers_asn": 4200000009,
            "routers_asn": 64602,
            "routers": ["10.9.9.1", "10.9.9.2"],
        },
    },
    "addresses": {"web": ["203.0.113.5", "203.0.113.9", "203.0.113.77"]},
}


class Site:
    """A folder with a stack of the outside platform, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = folder / "Pulumi.quay.yaml"
        self.stack.write_text(STACK)
        (folder / "inventory.json").write_text(json.dumps(INVENTORY))

    def python(self, *args: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join((str(HERE / "harbor"), str(PROJECT_ROOT)))
        return subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def metallb(self, *args: str, code: int = 0) -> str:
        done = self.python("-m", "metallb", *args)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(tmp_path_factory.mktemp("harbor"))
    made.metallb("snapshot", "quay")
    return made


@pytest.fixture(scope="module")
def program(site: Site) -> dict[str, Any]:
    done = site.python(str(HERE / "inside.py"), str(site.stack))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_it_is_checked_and_its_mistakes_have_their_place(site: Site) -> None:
    site.metallb("check", "quay", "--strict")
    other = site.folder / "Pulumi.wrong.yaml"
    other.write_text(STACK.replace("hostname: edge-1", "hostnam: edge-1"))
    shown = site.metallb("check", "wrong", code=2)
    assert shown.startswith("Pulumi.wrong.yaml:7:23: error[E102]: hostnam is not a key here"), shown
    assert "1 error, " in shown
    other.write_text(STACK.replace("[web]", "[wep]"))
    assert "error[E109]" in site.metallb("check", "wrong", code=2)


def test_a_kind_that_is_not_installed_is_a_mistake_with_the_kinds_that_are(site: Site) -> None:
    (site.folder / "Pulumi.kind.yaml").write_text(STACK.replace("kind: harbor", "kind: harbour"))
    shown = site.metallb("check", "kind", code=2)
    assert "'harbour' is not a kind of platform" in shown
    assert "`kind: harbor`" in shown


def test_its_snapshot_holds_the_facts_of_its_inventory(site: Site) -> None:
    snapshot = yaml.safe_load((site.folder / "quay.snapshot.yaml").read_text())
    assert (snapshot["version"], snapshot["kind"]) == (2, "harbor")
    assert snapshot["nodes"]["srv-7/b"]["sessions"][0]["peerAsn"] == 64601
    assert snapshot["blocks"]["web"]["cidrs"] == [
        "203.0.113.5/32",
        "203.0.113.9/32",
        "203.0.113.77/32",
    ]


def test_its_peers_and_pools_are_rendered(site: Site) -> None:
    shown = site.metallb("render", "quay", "-o", "out")
    assert "peer edge-0-1: 10.7.9.1 from edge-0" in shown
    specs = {
        path.name: yaml.safe_load(path.read_text())["spec"]
        for path in (site.folder / "out" / "1-configuration").glob("*.yaml")
    }
    peer = specs["200-bgppeer-edge-0-1.yaml"]
    assert (peer["myASN"], peer["peerASN"]) == (4200000007, 64601)
    assert (peer["peerAddress"], peer["sourceAddress"]) == ("10.7.9.1", "10.7.0.2")
    assert peer["ebgpMultiHop"] is True
    assert specs["130-ipaddresspool-default.yaml"]["addresses"] == [
        "203.0.113.5/32",
        "203.0.113.9/32",
        "203.0.113.77/32",
    ]


def test_its_objects_are_planned_with_the_facts_that_they_need(site: Site) -> None:
    shown = site.metallb("plan", "quay")
    assert "BGPPeer edge-1-2 (needs node srv-9/c)" in shown
    assert "IPAddressPool default (needs block web)" in shown


def test_its_topology_has_its_routers(site: Site) -> None:
    shown = site.metallb("topology", "quay")
    for part in ("edge-0", "edge-1", "10.9.9.2", "203.0.113.77/32"):
        assert part in shown, part


def test_its_routers_half_has_the_addresses_of_its_facts(site: Site) -> None:
    shown = site.metallb("routers", "quay", "--dialect", "frr", "--router", "10.9.9.1")
    for part in ("router bgp 64602", "neighbor 10.9.0.2", "remote-as 4200000009", "ebgp-multihop"):
        assert part in shown, part
    assert "listen range" not in shown


def test_rules_look_at_its_facts(site: Site) -> None:
    # One of its addresses is that of a router.
    text = (site.folder / "quay.snapshot.yaml").read_text()
    facts = site.folder / "wrong.yaml"
    facts.write_text(text.replace("203.0.113.77/32", "10.7.9.1/32"))
    shown = site.metallb("check", "quay", "--answers", str(facts), code=2)
    assert "10.7.9.1" in shown
    assert "metallb:addressPools.default.blocks[0]" in shown


def test_a_preview_and_an_update_register_the_same_objects(program: dict[str, Any]) -> None:
    assert set(program["preview"]) == set(program["update"])
    assert program["update"]["BGPPeer edge-1-1"]["peerASN"] == 64602
    assert "IPAddressPool default" in program["update"]


def test_drift_of_its_objects_is_found(program: dict[str, Any]) -> None:
    assert program["drift"] == [["BGPPeer", "edge-0-1", "missing"]]


def test_there_is_nothing_to_recover(program: dict[str, Any]) -> None:
    assert (program["recovered"], program["hints"], program["recovery"]) == ([], [], None)
