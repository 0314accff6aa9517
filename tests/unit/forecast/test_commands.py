"""`impact` and `whatif` as they are typed."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.actions import impact as impact_action
from metallb.cli import main
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing.custom_resources import manifests
from tests.unit.forecast.sites import TWO_RACKS, configured, rack, racks
from tests.unit.routers.sites import listed
from tests.unit.stacks import static

JOINED = racks(rack("a", "a1", "a2", "a3"), rack("b", "b1", "b2", network=2))


def written(folder: Path, name: str = "Pulumi.new.yaml", **sections: Any) -> Path:
    """A stack file of two racks."""
    found = static(**{**TWO_RACKS, **sections})
    folder.mkdir(exist_ok=True)
    path = folder / name
    text = yaml.safe_dump({"config": {f"metallb:{key}": each for key, each in found.items()}})
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return written(tmp_path, "Pulumi.old.yaml")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def objects(**sections: Any) -> list[dict[str, Any]]:
    return manifests(routing_config(configured(**sections), PlatformFacts()), "metallb-system")


def test_a_former_file(tmp_path: Path, before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "impact", written(tmp_path, **JOINED), "--against", before)
    assert code == 0
    assert out.startswith("sessions that redial: 4, each for at most 17 s\n")
    assert "public at a-tor-1: 2, 0, 3 (no route meanwhile)" in out
    assert "a-tor-1, a-tor-2: choose the rack's nodes by a label" in out


def test_the_document_has_everything(
    tmp_path: Path, before: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("impact", written(tmp_path, **JOINED), "--against", before, "--format", "json")
    document = json.loads(run(capsys, *words)[1])
    assert document["redialled"][0]["nodes"] == ["a1", "a2"]
    assert document["narrowed"][0]["meanwhile"] == 0
    assert document["advice"][0]["way"] == "membership"


def _git(folder: Path, *words: str) -> None:
    own = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", "-C", str(folder), *own, *words], check=True, capture_output=True)


def test_a_revision_of_git_is_the_last_commit_if_nothing_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-qm", "first")
    written(tmp_path, **JOINED)
    assert run(capsys, "impact", path)[1].startswith("sessions that redial: 4")
    _git(tmp_path, "commit", "-qam", "second")
    assert run(capsys, "impact", path)[1].startswith("sessions that redial: 0\n")
    assert run(capsys, "impact", path, "--against", "git:HEAD~1")[1].startswith(
        "sessions that redial: 4"
    )


def test_a_revision_that_is_none_is_a_mistake_with_its_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)

    def refused(revision: str) -> str:
        code, out, err = run(capsys, "impact", path, "--against", f"git:{revision}")
        assert (code, out) == (2, "")
        assert "--against FILE" in err
        return err

    assert "Pulumi.new.yaml is in no git repository" in refused("HEAD")
    _git(tmp_path, "init", "-q")
    assert "git has no revision 'HEAD'" in refused("HEAD")
    _git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    assert "git has no Pulumi.new.yaml in revision 'HEAD'" in refused("HEAD")
    assert "git has no revision '--output=x'" in refused("--output=x")
    assert not list(Path().glob("x"))


def test_the_last_update(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def engine(_path: Path) -> Iterator[Any]:
        resources = [{"type": f"kubernetes:x:{each['kind']}", "inputs": each} for each in objects()]
        state = {"deployment": {"resources": [{"type": "pulumi:pulumi:Stack"}, *resources]}}
        yield lambda _command: json.dumps(state)

    monkeypatch.setattr("metallb.runner.raw.raw_engine", engine)
    code, out, _ = run(capsys, "impact", written(tmp_path, **JOINED), "--against", "state")
    assert code == 0
    assert out.startswith("sessions that redial: 4")


class _Cluster:
    """The lists of an API server, with what it fills in."""

    def __init__(self, lists: Mapping[str, list[dict[str, Any]]]) -> None:
        self._lists = lists

    def list(self, path: str) -> Any:
        return self._lists.get(path.rpartition("/")[2])


def test_the_cluster_names_services_that_lose_their_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = objects()
    for each in found:
        if each["kind"] == "BGPPeer":
            each["spec"] |= {"password": "", "peerPort": 179}
    web = {
        "metadata": {"namespace": "default", "name": "web"},
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}},
    }
    lists = {
        f"{kind.lower()}s": [each for each in found if each["kind"] == kind]
        for kind in ("BGPPeer", "IPAddressPool", "BGPAdvertisement")
    }
    cluster = _Cluster({**lists, "services": [web]})
    monkeypatch.setattr(impact_action, "live_cluster", lambda _args, _stack: cluster)
    pools = {"addressPools": {"public": {"addresses": ["203.0.113.0/29"]}}}
    code, out, _ = run(capsys, "impact", written(tmp_path, **pools), "--against", "cluster")
    assert code == 0
    assert out.startswith("sessions that redial: 0\n")
    assert "no longer announced: 203.0.113.8/29" in out
    assert "used by: default/web 203.0.113.9" in out


def test_every_single_failure_is_in_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "whatif", written(tmp_path))
    assert code == 0
    assert "node a1, a2 and 2 more" in out
    assert "2 to 1" in out
    assert "every pool stays reachable" in out


def test_what_fails_is_named_by_its_own_name_or_by_its_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    words = ("whatif", path, "--format", "json", "--fail")
    for names, failed in (
        ("a1,tor-2", ["node a1", "router a-tor-2", "router b-tor-2"]),
        ("rack:a", ["rack a"]),
        ("router:a-tor-1", ["router a-tor-1"]),
    ):
        (failure,) = json.loads(run(capsys, *words, names)[1])["failures"]
        assert failure["failed"] == failed
    both = json.loads(run(capsys, *words, "a,b")[1])["failures"][0]
    assert both["unreachable"] == ["public"]


def test_a_name_that_is_none_and_one_of_two_things_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, **racks(rack("a", "a", "a2"), rack("b", "b1", network=2)))
    code, _, err = run(capsys, "whatif", path, "--fail", "b11")
    assert code == 2
    assert "the stack has no node, router or rack 'b11'" in err
    assert "did you mean b1?" in err
    code, _, err = run(capsys, "whatif", path, "--fail", "a")
    assert code == 2
    assert "help: write node:a or rack:a" in err


def test_a_limit_of_prefixes_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for limit, line in (
        (16, "no session exceeds 16 prefixes, whatever fails"),
        (10, "router a-tor-1: a node may announce 16 prefixes, and the limit is 10"),
    ):
        out = run(capsys, "whatif", written(tmp_path, bgp={"maxPrefixes": limit}))[1]
        assert line in out


def test_the_picture_has_what_fails_in_another_colour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    words = ("whatif", path, "--fail", "a1", "--format")
    assert 'a1"]:::failed' in run(capsys, *words, "mermaid")[1]
    assert run(capsys, *words, "svg")[1].count("#fbd5d5") == 1
    plain = run(capsys, "topology", path, "--format", "svg")[1]
    assert "#fbd5d5" not in plain


def test_options_without_a_use_and_wrong_numbers_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    for words, fault in (
        (("--context", "x"), "--context has no use without --cluster"),
        (("--count", "rack-b"), "--count 'rack-b' is no number of nodes"),
        (("--pairs", "--format", "svg"), "--pairs has no use with --format svg"),
    ):
        code, _, err = run(capsys, "whatif", path, *words)
        assert (code, fault in err) == (2, True), err


def test_nodes_of_a_label_come_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_label = rack("b", network=2, nodeSelectors={"z": "b"})
    path = written(tmp_path, **racks(rack("a", "a1"), by_label))
    nodes = tmp_path / "nodes.json"
    nodes.write_text(json.dumps(listed(*((f"b{n}", {"z": "b"}, ()) for n in range(3)))))
    out = run(capsys, "whatif", path, "--nodes", nodes)[1]
    assert "3 to 2" in out
    assert "nodes by label" not in out
