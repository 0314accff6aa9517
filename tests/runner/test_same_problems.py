"""`up` reports a mistake or a fault as `check` does: same code, place, words and help."""

import json
from typing import Any

import pytest
import yaml

from lab.snapshot import record
from metallb.loading import load_file
from tests.runner.conftest import Project

KEYS = ("code", "severity", "where", "seen", "rule", "remedy", "file", "line", "column")
STATES = ("queued", "provisioning", "deprovisioning", "reinstalling", "powering_off", "inactive")
ADDRESSES = [
    ("147.75.40.9", "147.75.40.8"),
    ("10.64.54.9", ""),
    ("10.64.54.9", "none"),
]


def of_check(project: Project, change: Any) -> list[dict[str, Any]]:
    """What `check` finds with the facts of this cloud, one of its devices changed."""
    path = project.folder / "stacks" / "Pulumi.demo.yaml"
    facts = record(load_file(path).config, "demo").model_dump(
        by_alias=True, mode="json", exclude_none=True
    )
    change(facts)
    file = project.folder / "facts.yaml"
    file.write_text(yaml.safe_dump(facts))
    done = project.run("check", "demo", "--answers", str(file), "--format", "json")
    assert done.returncode == 2, done.stderr
    found = json.loads(done.stdout)
    return [{key: each[key] for key in KEYS} for each in found if each["severity"] == "error"]


def of_up(project: Project) -> list[dict[str, Any]]:
    report = project.report("up", "demo", code=1)
    assert report["result"] == "failed"
    return [{key: each[key] for key in KEYS} for each in report["error"]["problems"]]


def device(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of worker-1."""
    found: dict[str, Any] = next(
        each for key, each in facts["devices"].items() if "worker-1" in (key, each.get("hostname"))
    )
    return found


@pytest.mark.parametrize("state", STATES)
def test_the_state_of_a_device(project: Project, state: str) -> None:
    project.cloud.report_device("worker-1", state)
    expected = of_check(project, lambda facts: device(facts).update(state=state))
    assert [each["code"] for each in expected] == ["M6"]
    assert of_up(project) == expected


BAD_FILES = {
    "no-yaml": b"config:\n  metallb:bgp: {localAsn: 1]\n",
    "no-text": b"config:\n  metallb:bgp: \xff\xfe\n",
    "duplicate": b"config:\n  metallb:bgp: {localAsn: 64512}\n  metallb:bgp: {localAsn: 64513}\n",
    "tab": b"config:\n\tmetallb:bgp: {}\n",
    "unknown": b"config:\n  metallb:bgp: {pasword: hunter2}\n  metallb:nothing: {}\n",
    "control": b'config:\n  metallb:bgp: {holdTime: "\\e[31m3s"}\n',
    "empty": b"",
    "list": b"- a\n- b\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_mistake_in_the_form_of_a_file(project: Project, name: str) -> None:
    (project.folder / "stacks" / f"Pulumi.{name}.yaml").write_bytes(BAD_FILES[name])
    up, check = project.run("up", name, "--quiet"), project.run("check", name)
    assert (up.returncode, check.returncode) == (2, 2)
    assert up.stderr.strip() == check.stdout.strip()
    assert "error[E1" in up.stderr
    assert "\x1b" not in up.stderr
    assert "hunter2" not in up.stderr


def test_a_path_that_is_not_there(project: Project) -> None:
    for path in ("nowhere", "nowhere.yaml", "/dev/null/x.yaml", "x" * 300):
        up, check = project.run("up", path, "--quiet"), project.run("check", path)
        assert (up.returncode, check.returncode) == (2, 2), path
        assert "error[E" in up.stderr, path
        assert up.stderr.strip() == check.stdout.strip(), path


def test_a_folder_is_no_stack_file(project: Project) -> None:
    """`check` reads folders of custom resources as well, and has another error."""
    (project.folder / "folder.yaml").mkdir()
    up, check = project.run("up", "folder.yaml", "--quiet"), project.run("check", "folder.yaml")
    assert (up.returncode, check.returncode) == (2, 2)
    assert up.stderr.startswith("folder.yaml: error[E203]: ")
    assert check.stdout.startswith("folder.yaml: error[E113]: ")
