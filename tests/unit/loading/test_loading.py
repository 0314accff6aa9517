"""A stack is loaded in one way, and what is wrong with it has its place in the file."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.loading import stack as loading
from metallb.loading.stack import load_file
from metallb.preflight import refuse
from metallb.problems.errors import ConfigError, EngineError, PreflightError
from metallb.problems.problem import Position, Problem, Severity
from tests.support.paths import STACKS
from tests.unit.stacks import CIPHERTEXT

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
    path = onprem(tmp_path, ("myAsn: 64512", f"secure: {CIPHERTEXT}"), ("    holdTime: 9s\n", ""))
    assert findings(path) == ()


def test_what_is_readable_beside_an_encrypted_section_has_its_form_checked(tmp_path):
    path = onprem(
        tmp_path,
        ("myAsn: 64512", f"secure: {CIPHERTEXT}"),
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


def test_an_encrypted_value_that_can_not_be_rendered_has_its_place(tmp_path, capsys):
    path = onprem(tmp_path, ("holdTime: 9s", f"holdTime: 9s\n    password: {SEALED}"))
    assert main(["render", str(path), "-o", str(tmp_path / "out"), "--with-secrets"]) == 2
    line = 1 + path.read_text().splitlines().index(f"    password: {SEALED}")
    assert capsys.readouterr().err.startswith(f"{path}:{line}:5: error[E110]: ")


def refused(_):
    raise EngineError("the passphrase is wrong", code="E504")


def test_nothing_is_read_before_it_is_used(tmp_path):
    loaded = load_file(tmp_path / "Pulumi.none.yaml")
    assert (loaded.name, loaded.source) == ("none", str(tmp_path / "Pulumi.none.yaml"))
    with pytest.raises(ConfigError, match="cannot read"):
        loaded.refuse_unreadable()


def test_a_file_is_read_once(tmp_path, monkeypatch):
    read = []
    path = onprem(tmp_path)
    real = loading.read_stack_file
    monkeypatch.setattr(
        loading, "read_stack_file", lambda path, *text: read.append(path) or real(path, *text)
    )
    loaded = load_file(path)
    assert loaded.findings is not None
    assert (loaded.config, loaded.token(refused)) == (loaded.readable, None)
    assert read == [path]


@pytest.mark.parametrize(("mode", "found"), [(0o555, ["E203"]), (0o755, [])])
def test_a_folder_without_write_permission_is_reported_at_its_key(tmp_path, mode, found):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(mode)
        own = os.geteuid()
        stack = load_file(
            onprem(tmp_path, ("context: onprem # <-", f"renderTo: {folder / 'manifests'} # <-"))
        )
        assert [each for each in stack.findings if each.is_error] == []
        if own == 0:  # permissions hold root back from nothing
            os.chown(folder, 65534, -1)
            os.seteuid(65534)
        try:
            problems = stack.lacking_rights
        finally:
            os.seteuid(own)
            folder.chmod(0o700)
    assert [each.code for each in problems] == found
    assert {each.location for each in problems} <= {("metallb:kubernetes", "renderTo")}
    assert all(each.position is not None for each in problems)
