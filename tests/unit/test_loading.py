"""A stack is loaded in one way, and what is wrong with it has its place in the file."""

import re
import shutil

import pytest

from metallb import loading
from metallb.cli import main
from metallb.config.paths import PROJECT_ROOT, STACKS
from metallb.errors import ConfigError, EngineError, PreflightError
from metallb.loading import load_file
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.preflight import refuse
from metallb.problems.problem import Position, Problem, Severity
from tests.unit.stacks import CIPHERTEXT

FROZEN = PROJECT_ROOT / "tests" / "frozen" / "stacks"

SEALED = f"{{secure: {CIPHERTEXT}}}"
HOLD_TIME = ("metallb:bgp", "holdTime")


def findings(path):
    return load_file(path).findings


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
    assert not [each for each in findings(onprem(tmp_path)) if each.is_error]


def test_an_error_is_refused_with_the_line_and_column_of_its_value(tmp_path):
    path = onprem(tmp_path, ("holdTime: 9s", "holdTime: 2s"))
    text = path.read_text().splitlines()
    line = 1 + text.index("    holdTime: 2s")
    with pytest.raises(PreflightError) as caught:
        refuse(findings(path), str(path))
    (problem,) = caught.value.problems
    assert (problem.code, problem.location) == ("P6", HOLD_TIME)
    assert problem.position == Position(str(path), line, 1 + text[line - 1].index("2s"))
    assert str(caught.value).startswith(f"{path}:{line}:15: error[P6]: ")


def test_a_warning_alone_is_not_refused(tmp_path):
    path = onprem(tmp_path, ("    holdTime: 9s\n", ""))
    found = findings(path)
    assert [(each.code, each.severity) for each in found] == [("P8", Severity.WARNING)]
    refuse(found, str(path))


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
        findings(path)


def test_an_item_of_a_list_has_its_own_line(tmp_path):
    path = onprem(tmp_path, ("asn: 64602}", "asn: 64602, holdTime: 1s}"))
    lines = path.read_text().splitlines()
    found = [each for each in findings(path) if each.is_error]
    assert found
    assert all("holdTime: 1s" in lines[each.position.line - 1] for each in found)


def test_a_problem_without_a_location_has_no_position(tmp_path):
    path = onprem(tmp_path)
    of_network = Problem(code="E304", severity=Severity.ERROR, summary="no answer")
    placed = Problem("P6", Severity.ERROR, "x", HOLD_TIME, position=Position("other.yaml", 7))
    locations = load_file(path).locations
    assert [locations.located(each) for each in (of_network, placed)] == [of_network, placed]
    assert locations.in_file(of_network).position == Position(str(path))


def test_a_mistake_in_the_file_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError) as caught:
        findings(onprem(tmp_path, ("holdTime: 9s", "holdTim: 9s")))
    (problem,) = caught.value.problems
    assert (problem.code, problem.location) == ("E102", ("metallb:bgp", "holdTim"))


def test_a_section_that_is_encrypted_as_a_whole_is_left_to_the_engine(tmp_path):
    path = onprem(
        tmp_path, ("localAsn: 64512", f"secure: {CIPHERTEXT}"), ("    holdTime: 9s\n", "")
    )
    assert findings(path) == ()


def test_what_is_readable_beside_an_encrypted_section_has_its_form_checked(tmp_path):
    path = onprem(
        tmp_path,
        ("localAsn: 64512", f"secure: {CIPHERTEXT}"),
        ("    holdTime: 9s\n", ""),
        ("[203.0.113.0/28]", "[203.0.113.0]"),
    )
    with pytest.raises(ConfigError) as caught:
        findings(path)
    (problem,) = caught.value.problems
    assert problem.location == ("metallb:addressPools", "public", "addresses", 0)


def test_an_encrypted_host_name_is_left_to_the_engine(tmp_path):
    changes = ("nodes: [node-a1, node-a2]", f"nodes: [{SEALED}, {{hostname: {SEALED}}}]")
    assert findings(onprem(tmp_path, changes, ("holdTime: 9s", "holdTime: 2s"))) == ()


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


def test_an_encrypted_value_that_can_not_be_rendered_has_its_place(tmp_path, capsys):
    path = onprem(tmp_path, ("holdTime: 9s", f"holdTime: 9s\n    password: {SEALED}"))
    assert main(["render", str(path), "-o", str(tmp_path / "out")]) == 2
    line = 1 + path.read_text().splitlines().index(f"    password: {SEALED}")
    assert capsys.readouterr().err.startswith(f"{path}:{line}:5: error[E110]: ")


TOKEN = "equinix-metal:authToken"
ENCRYPTED = f"{TOKEN}:\n    secure: {CIPHERTEXT}"


def refused(_):
    raise EngineError("the passphrase is wrong", code="E504")


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


def test_nothing_is_read_before_it_is_used(tmp_path):
    loaded = load_file(tmp_path / "Pulumi.none.yaml")
    assert (loaded.name, loaded.source) == ("none", str(tmp_path / "Pulumi.none.yaml"))
    with pytest.raises(ConfigError, match="cannot read"):
        loaded.refuse_unreadable()


def test_a_file_is_read_once(tmp_path, monkeypatch):
    read = []
    path = onprem(tmp_path)
    real = loading.read_stack_file
    monkeypatch.setattr(loading, "read_stack_file", lambda path: read.append(path) or real(path))
    loaded = load_file(path)
    assert loaded.findings is not None
    assert (loaded.config, loaded.token(refused)) == (loaded.readable, None)
    assert read == [path]
