"""A stack of this platform is loaded with its facts and its token."""

import re
import shutil

import pytest

from metallb.cli import main
from metallb.loading.stack import load_file
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.problems.errors import EngineError
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.unit.loading.test_loading import SEALED, findings, onprem, refused
from tests.unit.stacks import CIPHERTEXT

FROZEN = PROJECT_ROOT / "tests" / "platforms" / "equinix_metal" / "frozen" / "stacks"


def test_rules_run_beside_encrypted_values_that_none_looks_at(tmp_path):
    path = tmp_path / "Pulumi.packet.yaml"
    content = (STACKS / "Pulumi.packet.yaml").read_text()
    (project,) = (line for line in content.splitlines() if line.strip().startswith("projectId:"))
    content = content.replace(project, f"    projectId: {SEALED}")
    content = content.replace("holdTime: 3s", f"holdTime: 2s\n    password: {SEALED}")
    path.write_text(content)
    assert [each.code for each in findings(path) if each.is_error] == ["P6"]


def of_metal(tmp_path, *changes):
    """The stack of the emulated cloud, and the facts beside it."""
    path = tmp_path / "Pulumi.demo.yaml"
    shutil.copy(STACKS / path.name, path)
    facts = (FROZEN / "shipped-demo.answers.yaml").read_text()
    for old, new in changes:
        assert old in facts
        facts = facts.replace(old, new, 1)
    (tmp_path / "demo.answers.yaml").write_text(facts)
    return path


FACTS = [
    pytest.param([("state: active", "state: inactive")], "M6", id="device"),
    pytest.param([("devices:", "device:")], "E102", id="form"),
    pytest.param([("devices:", "devices: [")], "E101", id="yaml"),
    pytest.param([("blocks:\n", "blocks: {}\nx:\n")], "E102", id="key"),
]


@pytest.mark.parametrize(("changes", "code"), FACTS)
def test_a_mistake_in_recorded_facts_has_the_same_place_in_every_command(
    tmp_path, capsys, changes, code
):
    path = of_metal(tmp_path, *changes)
    shown = []
    for command in ("check", "topology", "status", "render"):
        more = ["-o", str(tmp_path / "out")] if command == "render" else []
        assert main([command, str(path), *more]) == 2
        out, err = capsys.readouterr()
        lines = (out if command == "check" else err).splitlines()
        shown.append([line for line in lines if f"error[{code}]" in line])
    assert all(lines == shown[0] for lines in shown)
    assert all(re.match(rf"{tmp_path}/\S+\.yaml:\d+:\d+: ", line) for line in shown[0])
    assert shown[0]


TOKEN = "equinix-metal:authToken"


ENCRYPTED = f"{TOKEN}:\n    secure: {CIPHERTEXT}"


@pytest.mark.parametrize(
    ("written", "decrypt", "environment", "expected"),
    [
        (f"{TOKEN}: in-clear", refused, "", "in-clear"),
        (ENCRYPTED, lambda key: f"the text of {key}", "", f"the text of {TOKEN}"),
        (ENCRYPTED, refused, "of-the-environment", None),
        ("a:b: c", refused, "of-the-environment", None),
        ("a:b: c", refused, "", None),
    ],
)
def test_the_token_is_the_configurations_or_left_to_the_environment(
    tmp_path, monkeypatch, written, decrypt, environment, expected
):
    monkeypatch.setenv("METAL_AUTH_TOKEN", environment)
    monkeypatch.delenv("PACKET_AUTH_TOKEN", raising=False)
    path = onprem(tmp_path, ("config:\n", f"config:\n  {written}\n"))
    assert load_file(path).token(decrypt, EquinixMetalPlatform) == expected


def test_a_token_that_can_not_be_decrypted_is_an_error_without_another(tmp_path, monkeypatch):
    for name in ("METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    path = onprem(tmp_path, ("config:\n", f"config:\n  {ENCRYPTED}\n"))
    with pytest.raises(EngineError, match="passphrase"):
        load_file(path).token(refused, EquinixMetalPlatform)
