"""The seed cluster on MetalLB 0.12.1: the document that people wrote by hand."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.render import render
from tests.support.paths import STACKS


def document(tmp_path: Path, source_address: bool) -> dict[str, Any]:
    text = (STACKS / "Pulumi.seed.yaml").read_text()
    assert "sourceAddress: true" in text
    stack = tmp_path / "Pulumi.seed.yaml"
    switch = "true" if source_address else "false"
    stack.write_text(text.replace("sourceAddress: true", f"sourceAddress: {switch}"))
    snapshot = tmp_path / "seed.snapshot.yaml"
    snapshot.write_text((STACKS / "seed.snapshot.yaml").read_text())
    result = render(stack, tmp_path / "out")
    [config] = [path for path in result.files if path.name.endswith("configmap-config.yaml")]
    config_map = yaml.safe_load(config.read_text())
    assert config_map["metadata"]["name"] == "config"
    assert config_map["metadata"]["namespace"] == "metallb-system"
    parsed = yaml.safe_load(config_map["data"]["config"])
    assert isinstance(parsed, dict)
    return parsed


def peer(host: str, gateway: str, source: str | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "peer-address": gateway,
        "peer-asn": 65530,
        "my-asn": 65000,
        "hold-time": "3s",
        "node-selectors": [{"match-labels": {"kubernetes.io/hostname": host}}],
    }
    return entry if source is None else {**entry, "source-address": source}


@pytest.mark.parametrize("source_address", [True, False])
def test_the_seed_document_is_exactly_the_one_written_by_hand(
    tmp_path: Path, source_address: bool
) -> None:
    sources = ("10.64.43.11", "10.64.54.3") if source_address else (None, None)
    assert document(tmp_path, source_address) == {
        "peers": [
            peer("worker-0", "10.64.43.10", sources[0]),
            peer("worker-1", "10.64.54.2", sources[1]),
        ],
        "address-pools": [{"name": "default", "protocol": "bgp", "addresses": ["147.75.40.46/32"]}],
    }
