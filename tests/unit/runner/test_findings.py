"""The check that comes before the engine."""

import shutil

import pytest

from metallb.config.paths import STACKS
from metallb.errors import ConfigError, PreflightError
from metallb.runner.findings import findings_of, refuse_located
from tests.unit.stacks import CIPHERTEXT

SEALED = f"{{secure: {CIPHERTEXT}}}"


def onprem(tmp_path, *changes):
    path = tmp_path / "Pulumi.onprem.yaml"
    shutil.copy(STACKS / "Pulumi.onprem.yaml", path)
    content = path.read_text()
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    path.write_text(content)
    return path


def test_a_sound_stack_file_has_no_error(tmp_path):
    assert not [f for f in findings_of(onprem(tmp_path)) if f.is_error]


def test_an_error_is_refused_with_the_line_of_its_key(tmp_path):
    path = onprem(tmp_path, ("holdTime: 9s", "holdTime: 2s"))
    line = 1 + path.read_text().splitlines().index("    holdTime: 2s")
    with pytest.raises(PreflightError, match=f"Pulumi.onprem.yaml:{line}: metallb:bgp.holdTime"):
        refuse_located(findings_of(path), path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("holdTime: 9s", "holdTime: 1e3"), ("  metallb:bgp:", "metallb:bgp:")],
)
def test_what_the_engine_would_read_in_another_way_never_reaches_it(tmp_path, old, new):
    path = onprem(tmp_path, (old, new))
    if new.startswith("metallb"):
        text = path.read_text().partition("metallb:bgp:")[0] + "metallb:bgp: {}\n"
        path.write_text(text)
    with pytest.raises(ConfigError):
        findings_of(path)


def test_an_entry_of_a_list_has_its_own_line(tmp_path):
    path = onprem(tmp_path, ("asn: 64602}", "asn: 64602, holdTime: 1s}"))
    lines = path.read_text().splitlines()
    found = [f for f in findings_of(path) if f.is_error]
    assert found
    assert all("holdTime: 1s" in lines[f.file_line - 1] for f in found)


def test_a_mistake_in_the_file_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError, match="holdTim"):
        findings_of(onprem(tmp_path, ("holdTime: 9s", "holdTim: 9s")))


def test_a_section_that_is_encrypted_as_a_whole_is_left_to_the_engine(tmp_path):
    path = onprem(
        tmp_path, ("localAsn: 64512", f"secure: {CIPHERTEXT}"), ("    holdTime: 9s\n", "")
    )
    assert findings_of(path) == ()


def test_what_is_readable_beside_an_encrypted_section_has_its_form_checked(tmp_path):
    path = onprem(
        tmp_path,
        ("localAsn: 64512", f"secure: {CIPHERTEXT}"),
        ("    holdTime: 9s\n", ""),
        ("[203.0.113.0/28]", "[203.0.113.0]"),
    )
    with pytest.raises(ConfigError) as caught:
        findings_of(path)
    (line,) = str(caught.value).splitlines()
    assert "metallb:addressPools.public.addresses[0]: " in line


def test_an_encrypted_host_name_is_left_to_the_engine(tmp_path):
    changes = ("nodes: [node-a1, node-a2]", f"nodes: [{SEALED}, {{hostname: {SEALED}}}]")
    assert findings_of(onprem(tmp_path, changes, ("holdTime: 9s", "holdTime: 2s"))) == ()


def test_rules_run_beside_encrypted_values_that_none_looks_at(tmp_path):
    path = tmp_path / "Pulumi.packet.yaml"
    content = (STACKS / "Pulumi.packet.yaml").read_text()
    (project,) = (line for line in content.splitlines() if line.strip().startswith("projectId:"))
    content = content.replace(project, f"    projectId: {SEALED}")
    content = content.replace("holdTime: 3s", f"holdTime: 2s\n    password: {SEALED}")
    path.write_text(content)
    assert [finding.rule_id for finding in findings_of(path) if finding.is_error] == ["P6"]
