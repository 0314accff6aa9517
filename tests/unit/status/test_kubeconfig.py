"""A kubeconfig that is no good is one line, in which nothing of it shows."""

import logging

import pytest
import yaml

from metallb.cli import main
from metallb.problems.errors import EngineError
from metallb.status.cluster import LiveCluster
from tests.unit.status.conftest import SECTIONS

SECRET = "correct-horse"


def written(tmp_path, **user):
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }
    return document, tmp_path / "kubeconfig"


def misplaced(document):
    """The token beside `user` and not in it; the library quotes such an entry."""
    document["users"] = [{"name": "u", "token": SECRET}]
    return yaml.safe_dump(document).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"users:\n- token: [correct-horse\n",
        b"- a\n- correct-horse\n",
        b"correct-horse",
        b"\xff\xfe\x00correct-horse",
        b"users: 3\ncurrent-context: correct-horse\n",
        b"",
        misplaced,
    ],
)
def test_what_is_no_kubeconfig_is_one_error_that_shows_nothing_of_it(tmp_path, content):
    document, path = written(tmp_path)
    path.write_bytes(content(document) if callable(content) else content)
    with pytest.raises(EngineError, match="--kubeconfig") as caught:
        LiveCluster(str(path))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None, "it would be shown with the traceback"


def test_a_kubeconfig_that_is_not_there_or_a_folder_is_one_error(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(EngineError, match="--kubeconfig"):
            LiveCluster(str(path))


def test_a_token_file_that_is_not_there_is_named(tmp_path):
    document, path = written(tmp_path, tokenFile="/run/no-such-token")
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(EngineError, match="/run/no-such-token: No such file"):
        LiveCluster(str(path))


@pytest.mark.parametrize("command", ["no-such-plugin", "false"])
def test_a_credential_plugin_that_gives_nothing_is_an_error_before_any_call(
    tmp_path, command, caplog
):
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "interactiveMode": "Never",
    }
    document, path = written(tmp_path, exec=plugin)
    path.write_text(yaml.safe_dump(document))
    handlers = list(logging.getLogger().handlers)
    with pytest.raises(EngineError, match="credential plugin") as caught:
        LiveCluster(str(path))
    assert caught.value.problem.code == "E602"
    assert logging.getLogger().handlers == handlers


def test_the_command_ends_with_an_error_and_no_traceback(tmp_path, capsys):
    stack = tmp_path / "Pulumi.dc1.yaml"
    config = {f"metallb:{key}": value for key, value in SECTIONS.items()}
    stack.write_text(yaml.safe_dump({"config": config}))
    assert main(["status", str(stack), "--kubeconfig", str(tmp_path)]) == 1
    first, last = capsys.readouterr().err.splitlines()
    assert first == f"error[E601]: cannot read the kubeconfig {tmp_path}: is a directory"
    assert "--kubeconfig" in last


def test_a_kubeconfig_that_is_nowhere_is_named_by_its_path(tmp_path, monkeypatch):
    missing, there = tmp_path / "a", tmp_path / "b"
    monkeypatch.setenv("KUBECONFIG", str(missing))
    with pytest.raises(EngineError) as caught:
        LiveCluster(None)
    assert caught.value.problem.summary.endswith(f"{missing}: no such file or directory")
    document, _ = written(tmp_path)
    there.write_text(yaml.safe_dump(document))
    monkeypatch.setenv("KUBECONFIG", f"{missing}:{there}")
    LiveCluster(None)
