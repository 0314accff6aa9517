"""A Lokomotive configuration and the ConfigMap beside it are one cluster."""

import json
from pathlib import Path

import pytest

from metallb.cli import main
from tests.unit.importing.inputs import config, imported, written

BLOCK = """\
component "metallb" {
  address_pools = { web = ["198.51.100.0/28"] }
  speaker_node_selectors = { "ingress_node" = "true" }
}
"""
CLUSTER = """\
cluster "packet" {
  cluster_name = "c"
  facility     = "ewr1"
  project_id   = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
  worker_pool "a" { count = 1 }
}
"""
FORK = config(
    "peers:\n- {peer-address: 192.0.2.1, peer-asn: 64513, my-asn: 64512, hold-time: 9s}\n",
    "peer-autodiscovery: {from-labels: {my-asn: a}}\n",
).replace("protocol: bgp", "protocol: bgp, bgp-advertisements: [{aggregation-length: 28}]")


def both(folder: Path, block: str = BLOCK + CLUSTER, document: str = "") -> Path:
    written(folder, block, "cluster.lokocfg")
    written(folder, document or config(), "config.yaml")
    return folder


@pytest.mark.parametrize("named", ["folder", "files", "the other way round"])
def test_peers_and_pools_are_the_configmaps_and_workloads_the_blocks(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = both(tmp_path)
    files = [str(folder / "cluster.lokocfg"), str(folder / "config.yaml")]
    names = {"folder": [str(folder)], "files": files, "the other way round": files[::-1]}[named]
    sections, lines = imported(capsys, *names)
    assert any("the cluster block is not read" in each for each in lines)
    assert sections["metallb:install"] == {
        "version": "0.16.2",
        "speaker": {"nodeSelectors": {"ingress_node": "true"}},
        "bgpMode": "native",
        "namespace": "metallb-system",
    }
    (rack,) = sections["metallb:platform"]["racks"]
    assert rack["routers"] == [{"address": "192.0.2.1"}]
    assert sections["metallb:addressPools"] == {"web": {"addresses": ["198.51.100.0/28"]}}


def test_peers_that_the_fork_finds_come_from_the_cluster_block(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, _ = imported(capsys, str(both(tmp_path, document=FORK)))
    assert sections["metallb:platform"]["nodes"] == [{"hostname": "c-a-worker-0"}]
    assert sections["metallb:platform"]["facility"] == "ewr1"
    assert sections["metallb:bgp"] == {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s"}
    pool = sections["metallb:addressPools"]["web"]
    assert pool["advertisements"] == {"default": {"aggregationLength": 28}}
    assert imported(capsys, str(tmp_path), "--node", "w0")[0]["metallb:platform"]["nodes"] == [
        {"hostname": "w0"}
    ]


def test_a_node_has_no_use_where_the_peers_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = imported(capsys, str(both(tmp_path)), "--node", "w0", code=2)
    assert any("--node has no use" in each for each in lines)


def test_a_pool_of_the_block_alone_is_taken_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = BLOCK.replace("{ web", '{ more = ["203.0.113.0/28"]\n web')
    sections, lines = imported(capsys, str(both(tmp_path, block)))
    assert set(sections["metallb:addressPools"]) == {"web", "more"}
    assert any("pool more: cluster.lokocfg alone" in each for each in lines)


def test_a_pool_of_two_addresses_is_refused_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = both(tmp_path, BLOCK.replace("198.51.100.0/28", "198.51.100.0/29"))
    _, lines = imported(capsys, str(folder), code=2)
    assert any(
        each.startswith(f"{folder / 'cluster.lokocfg'}:2:") and "error[E116]: pool web" in each
        for each in lines
    )
    both(tmp_path, BLOCK.replace("198.51.100.0/28", "198.51.100.0-198.51.100.15"))
    assert imported(capsys, str(folder))[0] != {}


def test_check_judges_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = both(tmp_path, BLOCK.replace("/28", "/33"), config("hold-time: 9s", "hold-time: 2s"))
    main(["check", str(folder), "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    errors = {
        (Path(each["file"]).name, each["id"]) for each in found if each["severity"] == "error"
    }
    assert errors == {("cluster.lokocfg", "FORM"), ("config.yaml", "P6")}


def test_other_yaml_in_the_folder_is_nothing_of_the_cluster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"
    folder = both(tmp_path, document=other)
    sections, _ = imported(capsys, str(folder))
    assert sections["metallb:platform"]["nodes"] == [{"hostname": "c-a-worker-0"}]
    assert main(["check", str(folder)]) == 0
    capsys.readouterr()
    # A file that is named has to be of use.
    named = [str(folder / "cluster.lokocfg"), str(folder / "config.yaml")]
    _, lines = imported(capsys, *named, code=2)
    assert any("error[E113]: no MetalLB configuration" in each for each in lines)
