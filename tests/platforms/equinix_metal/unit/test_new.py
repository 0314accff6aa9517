"""`new` for a project."""

from pathlib import Path

import pytest
import yaml

from metallb.cli import main

PROJECT = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
LINE = ["new", "dc1", "--platform", "equinix-metal", "--project", PROJECT, "--metro", "ny"]


def test_options_become_a_file_without_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*LINE, "--node", "w1", "--node", "w2,w3", "--context", "dc1"]) == 0
    config = yaml.safe_load((tmp_path / "Pulumi.dc1.yaml").read_text())["config"]
    assert [node["hostname"] for node in config["metallb:platform"]["nodes"]] == ["w1", "w2", "w3"]
    assert config["metallb:platform"]["elasticIps"] == {"default": {"quantity": 4}}
    assert main(["check", "dc1", "--strict"]) == 0


def test_what_is_no_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*LINE, "--node", "w1", "--addresses", "many"]) == 2
    assert "metallb:platform.elasticIps" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
