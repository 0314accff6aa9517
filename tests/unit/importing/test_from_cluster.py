"""`import --from-cluster`: what the API server has, in lists and without Secrets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.yaml_text import dumped
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    config,
    documents,
    imported,
    keyed,
    written,
)
from tests.unit.importing.test_installed import workload
from tests.unit.status.servers import Server

PLURALS = {
    "BGPPeer": "metallb.io/v1beta2/{}/bgppeers",
    "IPAddressPool": "metallb.io/v1beta1/{}/ipaddresspools",
    "BGPAdvertisement": "metallb.io/v1beta1/{}/bgpadvertisements",
}
HOME = "namespaces/metallb-system"


@pytest.fixture
def api() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def kubeconfig(api: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{api.port}"}}],
        "users": [{"name": "u", "user": {"token": "a-token"}}],
        "contexts": [
            {"name": name, "context": {"cluster": "k", "user": "u"}} for name in ("here", "there")
        ],
    }
    path = written(tmp_path, dumped(document), "kubeconfig")
    monkeypatch.setenv("KUBECONFIG", str(path))
    return str(path)


def answer(api: Server, path: str, *items: dict[str, Any]) -> None:
    # Items of a list have neither kind nor apiVersion.
    bare = [{key: each[key] for key in each if key not in ("kind", "apiVersion")} for each in items]
    api.answers["GET", f"{path}?limit=500"] = (200, {"items": bare})


def holds(api: Server, *texts: str, home: str = "metallb-system") -> None:
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in PLURALS}
    for each in map(yaml.safe_load, texts):
        each["metadata"] |= {"namespace": home, "resourceVersion": "1", "managedFields": []}
        found[each["kind"]].append(each)
    for kind, items in found.items():
        answer(api, f"/apis/{PLURALS[kind].format(f'namespaces/{home}')}", *items)


def test_a_cluster_is_what_its_files_are(
    api: Server, kubeconfig: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del kubeconfig
    holds(api, PEER, POOL, ADVERTISED)
    sections, lines = imported(capsys, "--from-cluster")
    of_files, _ = imported(capsys, str(written(tmp_path, documents())))
    assert sections == {**of_files, "metallb:kubernetes": {"context": "here"}}
    assert not any("X4" in each or "passed over" in each for each in lines)


def test_context_and_kubeconfig_of_the_command_are_those_of_the_stack_file(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holds(api, PEER, POOL, ADVERTISED)
    sections, _ = imported(capsys, "--from-cluster", "--context", "there")
    assert sections["metallb:kubernetes"] == {"context": "there"}
    sections, _ = imported(capsys, "--from-cluster", "--kubeconfig", kubeconfig)
    assert sections["metallb:kubernetes"] == {"kubeconfig": kubeconfig}


def test_the_speakers_show_namespace_release_and_mode(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del kubeconfig
    image = "quay.io/metallb/speaker:v0.15.3"
    frr_k8s = workload("quay.io/metallb/frr-k8s:v0.0.20", home="frr-k8s-system")
    speaker = workload(image, home="lb", METALLB_BGP_TYPE="frr-k8s")
    answer(api, "/apis/apps/v1/daemonsets", frr_k8s, speaker)
    holds(api, PEER, POOL, ADVERTISED, home="lb")
    sections, _ = imported(capsys, "--from-cluster")
    assert sections["metallb:install"] == {
        "version": "0.15.3",
        "source": "existing",
        "bgpMode": "frr-k8s",
        "namespace": "lb",
    }


def test_a_namespace_that_is_given_is_the_one_that_is_read(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del kubeconfig
    holds(api, PEER, POOL, ADVERTISED, home="lb")
    sections, _ = imported(capsys, "--from-cluster", "--namespace", "lb")
    assert sections["metallb:install"]["namespace"] == "lb"
    assert {path for _, path, _ in api.requests if "/namespaces/" not in path} == set()


def test_a_cluster_of_0_12_has_a_configmap(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del kubeconfig
    held = {"metadata": {"name": "config", "namespace": "metallb-system"}}
    other = {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "x"}}
    answer(api, f"/api/v1/{HOME}/configmaps", {**held, "data": {"config": config()}}, other)
    sections, lines = imported(capsys, "--from-cluster")
    assert sections["metallb:install"]["version"] == "0.12.1"
    assert not any("kube-root-ca" in each for each in lines)


def test_no_secret_is_read_and_the_stack_refers_to_it(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del kubeconfig
    holds(api, keyed(PEER), POOL, ADVERTISED)
    sections, _ = imported(capsys, "--from-cluster")
    assert not any("/secrets" in path for _, path, _ in api.requests)
    assert "passwordSecret" in str(sections)
    assert {method for method, _, _ in api.requests} == {"GET"}


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        (f"/apis/{PLURALS['BGPPeer'].format(HOME)}", 1, "error[E602]: the API server refuses"),
        (f"/api/v1/{HOME}/configmaps", 0, "note: not read: ConfigMap: 403 not for you"),
        ("/apis/apps/v1/daemonsets", 0, "note: not read: DaemonSet: 403 not for you"),
    ],
)
def test_what_may_not_be_listed_is_named(
    path: str,
    code: int,
    words: str,
    api: Server,
    kubeconfig: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del kubeconfig
    holds(api, PEER, POOL, ADVERTISED)
    api.answers["GET", f"{path}?limit=500"] = (403, {"message": "not for you"})
    _, lines = imported(capsys, "--from-cluster", code=code)
    assert any(words in each for each in lines)
    _, lines = imported(capsys, "--from-cluster", "--strict", code=code or 2)
    assert any("not for you" in each and "error[E" in each for each in lines)


def test_a_cluster_without_a_configuration_is_refused(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del api, kubeconfig
    _, lines = imported(capsys, "--from-cluster", code=2)
    assert any("context here: error[E113]: no MetalLB configuration" in each for each in lines)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--from-cluster", "file.yaml"], "file.yaml has no use with --from-cluster"),
        (["--from-cluster", "--var", "a=b"], "--var has no use with --from-cluster"),
        (["file.yaml", "--context", "c"], "--context has no use without --from-cluster"),
        (["file.yaml", "--namespace", "c"], "--namespace has no use without --from-cluster"),
        ([], "import has no file"),
    ],
)
def test_options_that_nothing_uses_are_refused(
    words: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = imported(capsys, *words, code=2)
    assert any(fault in each for each in lines)


def test_a_mistake_in_a_cluster_has_its_object_and_no_line(
    api: Server, kubeconfig: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del kubeconfig
    holds(api, PEER.replace("holdTime: 9s", "holdTime: 2s"), POOL, ADVERTISED)
    _, lines = imported(capsys, "--from-cluster")
    assert any(
        each.startswith("today: error[P6]") and "(context here: BGPPeer r1: spec.holdTime)" in each
        for each in lines
    )
