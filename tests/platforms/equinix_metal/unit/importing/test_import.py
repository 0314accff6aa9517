"""Configurations of this platform become stack files."""

from pathlib import Path

import pytest

from metallb.cli import main
from metallb.importing.formats import FileFormat, sniff
from metallb.importing.hcl import read_lokomotive
from metallb.importing.stack_document import Imported
from metallb.stackfile.yaml_documents import parse_yaml
from tests.platforms.equinix_metal.unit.importing.samples import LOKOMOTIVE
from tests.unit.importing.test_import import back


def test_lokomotives_block_becomes_a_metal_stack(tmp_path: Path) -> None:
    path = tmp_path / "cluster.lokocfg"
    path.write_text(LOKOMOTIVE, encoding="utf-8")
    assert sniff(path) is FileFormat.LOKOMOTIVE
    made = read_lokomotive(path, version="0.16.2")
    stack = back(Imported(made.sections))
    assert stack.platform.kind == "equinix-metal"
    assert [node.hostname for node in stack.platform.nodes] == [
        "demo-ingress-worker-0",
        "demo-ingress-worker-1",
    ]
    assert list(stack.address_pools) == ["default", "special-addresses"]
    assert stack.install.controller.node_selectors == {"kubernetes.io/hostname": "worker3"}
    assert stack.install.speaker.node_selectors == {
        "ingress_node": "true",
        "node-role.kubernetes.io/node": "",
    }
    (toleration,) = stack.install.controller.tolerations
    assert (toleration.key, toleration.toleration_seconds) == ("speaker_key1", 1)
    assert stack.install.monitoring.service_monitor


def test_the_forks_autodiscovery_becomes_named_nodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "config.yaml"
    source.write_text(
        "peer-autodiscovery: {from-annotations: []}\n"
        "address-pools: [{name: default, protocol: bgp, addresses: [147.75.40.46/32]}]\n",
        encoding="utf-8",
    )
    assert main(["import", str(source), "--node", "worker-0", "--metro", "ny"]) == 0
    made = parse_yaml(capsys.readouterr().out, where="import")["config"]
    assert made["metallb:platform"]["nodes"] == [{"hostname": "worker-0"}]


def test_nothing_is_written_that_is_no_stack_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "config.yaml", tmp_path / "Pulumi.x.yaml"
    source.write_text(
        "peer-autodiscovery: {}\n"
        "address-pools: [{name: default, protocol: bgp, addresses: [147.75.40.46/32]}]\n",
        encoding="utf-8",
    )
    wrong = ["import", str(source), "--node", "N_1", "--project", "abc"]
    assert main([*wrong, "-o", str(target)]) == 2
    shown = capsys.readouterr().err
    assert "metallb:platform.nodes[0].hostname" in shown
    assert "metallb:platform.projectId" in shown
    assert not target.exists()
    assert main(wrong) == 2
    assert capsys.readouterr().out == ""
