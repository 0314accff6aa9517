"""The schema by which editors check this platform's section takes what `check` takes."""

from pathlib import Path
from typing import Any

from tests.unit.stackfile.test_stack_file_schema import INSTALL, may_be_encrypted, shows

METAL: dict[str, Any] = {
    "platform": {
        "kind": "equinix-metal",
        "projectId": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10",
        "metro": "ny",
        "peerSource": "neighbors",
        "peersPerNode": {"ipv4": 2},
        "manageSessions": True,
        "addressFamilies": ["ipv4"],
        "nodes": [{"hostname": "worker-0", "peersPerNode": 1, "bgpSessions": {}}],
        "elasticIps": {
            "default": {"quantity": 8, "type": "public_ipv4", "tags": ["a"], "protect": True}
        },
    },
    "addressPools": {
        "default": {
            "elasticIps": ["default"],
            "autoAssign": True,
            "advertisements": {"default": {"localPref": 100, "communities": ["1:2"]}},
        }
    },
    "install": INSTALL,
}


def test_every_value_and_every_section_may_stand_encrypted(tmp_path: Path) -> None:
    may_be_encrypted(METAL, tmp_path)


def test_an_editor_shows_and_fills_in_what_a_plain_value_is() -> None:
    shows("ElasticIp", "quantity", {"type": "integer", "minimum": 1, "maximum": 256})
    shows("ElasticIp", "type", {"$ref": "#/$defs/IpBlockType"})
