"""A cluster that no stack file names is named by `check`, and a broken kubeconfig stops nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.loading.current_context import current_context
from metallb.loading.stack import load_file
from tests.support.yaml_text import dumped
from tests.unit.stacks import static

SECRET = "N3verShownKey"


def kubeconfig(folder: Path, name: str, **content: Any) -> Path:
    path = folder / name
    users = [{"name": "a", "user": {"token": SECRET}}]
    path.write_text(dumped({"kind": "Config", "users": users, **content}))
    return path


def named(folder: Path, name: str, context: Any) -> Path:
    return kubeconfig(folder, name, **{"current-context": context})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


def test_the_file_that_kubectl_reads_by_itself(home: Path) -> None:
    assert current_context() == ""
    (home / ".kube").mkdir()
    named(home, ".kube/config", "admin@site")
    assert current_context() == "admin@site"


def test_the_first_of_several_files_that_names_one_counts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = [
        home / "gone",
        kubeconfig(home, "none"),
        named(home, "one", "first"),
        named(home, "two", "second"),
    ]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(("", *map(str, listed))))
    assert current_context() == "first"


BROKEN: list[bytes] = [
    b"",
    b"\xff\xfe\x00",
    b"- a\n",
    b"current-context: [\n",
    b"current-context: [a]\n",
    b"current-context: 5\n",
    b"current-context:\n",
    b"a: &x [1]\ncurrent-context: *x\n",
    b"x: " + b"[" * 1000,
    b"current-context: " + b"9" * 5000,
    b"#" * 2_000_000,
]


@pytest.mark.parametrize("content", BROKEN, ids=lambda each: repr(each[:30]))
def test_a_file_that_is_no_kubeconfig_names_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (home / "broken").write_bytes(content)
    monkeypatch.setenv("KUBECONFIG", str(home / "broken"))
    assert not current_context()


@pytest.mark.parametrize("kind", ["folder", "pipe", "long name"])
def test_a_path_that_is_no_file_is_not_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = home / "odd"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = home / ("a" * 5000)
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert not current_context()


def stack_file(folder: Path, **kubernetes: Any) -> Path:
    path = folder / "Pulumi.test.yaml"
    sections = static(kubernetes=kubernetes)
    config = {f"metallb:{key}": value for key, value in sections.items()}
    path.write_text(dumped({"config": config}))
    return path


@pytest.mark.parametrize("context", ["admin@site", "two\nlines \x1b[31m", "x" * 5000, None])
def test_check_says_which_cluster_an_update_would_change(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    context: str | None,
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(named(home, "config", context)))
    path = stack_file(home)
    assert main(["check", str(path), "--format", "json"]) == 0
    shown = capsys.readouterr().out
    (found,) = json.loads(shown)
    assert (found["id"], found["where"]) == ("X4", "metallb:kubernetes")
    assert SECRET not in shown
    assert len(found["seen"]) < 300
    assert found["seen"].isprintable()
    if context == "admin@site":
        assert "'admin@site'" in found["seen"]
    # `preview` and `up` report the same before the engine starts.
    assert [each.summary for each in load_file(path).findings] == [found["seen"]]


def test_a_rule_by_itself_looks_at_the_file_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metallb.preflight import check_stack
    from metallb.stackfile import stack_config

    monkeypatch.setenv("KUBECONFIG", str(named(home, "config", "admin@site")))
    (found,) = check_stack(stack_config(static(kubernetes={}), source="x"))
    assert found.code == "X4"
    assert "admin@site" not in found.summary


@pytest.mark.parametrize("key", ["context", "kubeconfig", "renderTo"])
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_an_empty_target_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], key: str, value: str
) -> None:
    path = stack_file(home, **{key: value})
    assert main(["check", str(path), "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["where"]) == ("FORM", f"metallb:kubernetes.{key}")


@pytest.mark.parametrize("key", ["context", "kubeconfig", "renderTo"])
def test_a_target_is_enough(home: Path, key: str) -> None:
    assert load_file(stack_file(home, **{key: "build/prod"})).findings == ()
