"""The program on the page of components whose peers come from devices."""

import json
from pathlib import Path

from tests.docs.test_examples import PYTHON, recorded


def test_the_whole_program_makes_peers_of_what_the_devices_say(tmp_path: Path) -> None:
    (block,) = (each for each in PYTHON if "BgpPeers(" in each.text)
    record = recorded(block, tmp_path)
    by_name = {each.name: each for each in record.resources}
    peer = by_name["routing-bgppeer-worker-1"]
    assert peer.inputs.plain["spec"]["peerAddress"] == "10.64.54.2"
    assert peer.inputs.plain["spec"]["sourceAddress"] == "10.64.54.3"
    gate = {urn.rpartition("::")[2] for urn in peer.dependencies}
    assert any("validatingwebhookconfiguration" in name for name in gate)
    assert by_name["web-block"].protect
    secret = by_name["routing-secret-bgp-password"]
    assert "an-md5-key" not in json.dumps(secret.inputs.shown)
