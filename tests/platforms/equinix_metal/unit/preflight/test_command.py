"""`check` of stacks of this platform."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.cli import main
from tests.platforms.equinix_metal.stacks import metal
from tests.platforms.equinix_metal.unit.importing.samples import LOKOMOTIVE
from tests.unit.preflight.test_command import ENCRYPTED, checked, only_its_form_is_checked, write


def test_answers_beside_the_stack_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, metal())
    devices = {
        f"worker-{n}": {
            "id": f"device-{n}",
            "hostname": f"worker-{n}",
            "accessPrivateIpv4": "10.64.0.11",
            "networks": [
                {
                    "address": "10.64.0.11",
                    "gateway": f"10.64.{n}.10",
                    "family": 4,
                    "cidr": 31,
                    "public": False,
                }
            ],
        }
        for n in range(2)
    }
    blocks = {"default": {"id": "b", "cidrNotation": "147.75.40.46/32"}}
    answers = tmp_path / "test.answers.yaml"
    answers.write_text(yaml.safe_dump({"devices": devices, "blocks": blocks}), encoding="utf-8")
    code, findings = checked(capsys, str(path))
    assert (code, [each["id"] for each in findings]) == (2, ["P22"])
    devices["worker-0"]["state"] = "inactive"
    answers.write_text(yaml.safe_dump({"devices": devices, "blocks": blocks}), encoding="utf-8")
    code, findings = checked(capsys, str(path))
    assert (code, [each["id"] for each in findings]) == (2, ["M6"])
    answers.write_text("devices: 3", encoding="utf-8")
    code, findings = checked(capsys, str(path))
    assert (code, [each["id"] for each in findings]) == (2, ["FORM"])


def test_an_encrypted_project_leaves_no_rule_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = {name: {"adoptTag": dict(ENCRYPTED)} for name in ("default", "edge")}
    platform = {**metal()["platform"], "projectId": dict(ENCRYPTED), "elasticIps": blocks}
    pools = {"default": {"elasticIps": ["default", "edge"]}}
    path = write(tmp_path, metal(platform=platform, addressPools=pools, bgp={"holdTime": "2s"}))
    code, findings = checked(capsys, str(path))
    assert (code, [each["id"] for each in findings]) == (2, ["P6"])


@pytest.mark.parametrize("number", [-5, 99_999_999_999])
def test_an_answer_that_no_router_can_give_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    sections = metal()
    sections["platform"].update(peerSource="neighbors", nodes=[{"hostname": "worker-0"}])
    path = write(tmp_path, sections)
    neighbor = {
        "addressFamily": 4,
        "customerAs": 65000,
        "customerIp": "10.64.0.11",
        "peerAs": number,
        "peerIps": ["169.254.255.1", "169.254.255.2"],
    }
    device = {"id": "d", "hostname": "worker-0", "bgpNeighbors": [neighbor]}
    blocks = {"default": {"id": "b", "cidrNotation": "147.75.40.46/32"}}
    answers = {"devices": {"worker-0": device}, "blocks": blocks}
    (tmp_path / "test.answers.yaml").write_text(yaml.safe_dump(answers), encoding="utf-8")
    code, (finding,) = checked(capsys, str(path))
    assert (code, finding["id"]) == (2, "FORM")
    assert "devices.worker-0.bgpNeighbors[0].peerAs" in finding["where"]


def test_a_lokomotive_file_is_checked_as_what_it_would_become(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "metallb.lokocfg"
    path.write_text(LOKOMOTIVE.replace("147.85.41.46", "147.63.8.20"), encoding="utf-8")
    code, (finding,) = checked(capsys, str(path))
    assert (code, finding["id"], finding["file"]) == (2, "A2", str(path))


@pytest.mark.parametrize(
    "sections",
    [
        metal(bgp=ENCRYPTED),
        metal(platform=ENCRYPTED),
        metal(platform={**metal()["platform"], "nodes": [{"hostname": ENCRYPTED}]}),
    ],
    ids=["section", "platform", "host name"],
)
def test_what_is_encrypted_is_no_mistake_and_a_note_says_that_its_rules_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sections: dict[str, Any]
) -> None:
    only_its_form_is_checked(write(tmp_path, sections), capsys)


def test_a_command_that_needs_what_is_encrypted_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = {**metal()["platform"], "projectId": ENCRYPTED}
    path = write(tmp_path, metal(platform=platform))
    assert main(["render", str(path), "--output", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr().err
    assert any(
        "error[E110]" in line and "(metallb:platform.projectId)" in line
        for line in shown.splitlines()
    )
