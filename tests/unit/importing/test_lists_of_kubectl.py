"""`kubectl get -A -o yaml`: everything of a cluster in one List, as the API server has it."""

from pathlib import Path
from typing import Any

import pytest

from metallb.importing.reading import read_foreign
from tests.support.yaml_text import dumped, loaded
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    SECRET,
    checked,
    config,
    documents,
    imported,
    keyed,
    written,
)


def kept_by_the_server(text: str, **more: Any) -> dict[str, Any]:
    """An object with what an API server adds to it."""
    found: dict[str, Any] = loaded(text)
    found["metadata"] |= {
        "uid": "0b1c",
        "generation": 3,
        "resourceVersion": "12345",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {}}}],
        "ownerReferences": [{"kind": "Kustomization", "name": "lb", "uid": "1"}],
        "finalizers": ["metallb.io/x"],
    }
    return found | more


def a_list(*items: dict[str, Any]) -> str:
    return dumped({"apiVersion": "v1", "kind": "List", "items": list(items)})


def other(kind: str, name: str = "x", **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        **more,
    }


OURS = (
    kept_by_the_server(PEER, status={}),
    kept_by_the_server(POOL, status={"assignedIPv4": 3, "availableIPv4": 11}),
    kept_by_the_server(ADVERTISED),
)


def test_what_the_server_adds_is_nothing_of_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, a_list(*OURS))
    sections, lines = imported(capsys, str(path), "--strict")
    bare, _ = imported(capsys, str(written(tmp_path, documents(), "bare.yaml")))
    assert sections == bare
    assert not any(each.startswith(("note: not read", "note: passed over")) for each in lines)
    assert checked(capsys, str(path))[0] == set()


def test_items_that_differ_in_their_names_alone_share_a_note(tmp_path: Path) -> None:
    pods = [other("Pod", f"p{number}") for number in range(5)]
    read = read_foreign(written(tmp_path, a_list(*pods, *OURS, other("Node"), *pods)))
    assert [each.partition("document 1: ")[2] for each in read.passed_over] == [
        "10 x kind Pod",
        "kind Node x",
    ]


@pytest.mark.parametrize("text", ["a = {{ b", "[server]\nport: 1\n", "%% not yaml", "- a\n- b"])
def test_a_key_config_of_another_program_is_none_of_ours(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, a_list(other("ConfigMap", data={"config": text}), *OURS))
    assert checked(capsys, str(path))[0] == set()
    (note,) = read_foreign(path).passed_over
    assert "its key config is not MetalLB's" in note


def test_a_configmap_of_metallb_that_is_no_yaml_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = config().replace("address-pools:", "address-pools: {")
    path = written(tmp_path, a_list(other("ConfigMap", data={"config": text})))
    assert checked(capsys, str(path))[0] == {"FORM"}


def test_secrets_of_other_namespaces_are_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = loaded(SECRET)
    theirs = {**other("Secret", "key"), "type": "kubernetes.io/basic-auth"}
    theirs["stringData"] = {"password": "Wrong12345"}
    path = written(tmp_path, a_list(theirs, mine, kept_by_the_server(keyed(PEER)), *OURS[1:]))
    read = read_foreign(path)
    assert [each.get_secret_value() for each in read.routing.passwords.values()] == ["Hidden12345"]
    _, lines = imported(capsys, str(path))
    assert "Wrong12345" not in "\n".join(lines)


def test_what_speakers_write_is_no_object_to_keep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = {"nodeSelector": {"matchLabels": {"kubernetes.io/hostname": "node-a"}}}
    frr = {**other("FRRConfiguration", "metallb-node-a"), "spec": spec}
    frr["apiVersion"] = "frrk8s.metallb.io/v1beta1"
    _, lines = imported(capsys, str(written(tmp_path, a_list(frr, *OURS))), "--strict")
    assert any("passed over" in each and "MetalLB writes it" in each for each in lines)
    frr["metadata"] = {"name": "mine", "namespace": "metallb-system"}
    _, lines = imported(capsys, str(written(tmp_path, a_list(frr, *OURS))))
    assert any("note: not read" in each and "FRRConfiguration mine" in each for each in lines)


def test_a_helmrelease_in_a_list_does_not_hide_the_other_items(tmp_path: Path) -> None:
    inline = {"configInline": loaded(config())}
    release = {**other("HelmRelease"), "spec": {"values": inline}}
    release["apiVersion"] = "helm.toolkit.fluxcd.io/v2"
    read = read_foreign(written(tmp_path, a_list(release, *OURS)))
    assert [each.name for each in read.routing.peers] == ["r1"]
    assert any("configInline" in str(where) for where, _ in read.not_read)


@pytest.mark.parametrize("part", ["labels", "annotations"])
@pytest.mark.parametrize("kind", [0, 1], ids=["BGPPeer", "IPAddressPool"])
@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("app.kubernetes.io/managed-by", False),
        ("meta.helm.sh/release-name", False),
        ("kustomize.toolkit.fluxcd.io/name", False),
        ("argocd.argoproj.io/tracking-id", False),
        ("objectset.rio.cattle.io/hash", False),
        ("app", False),
        ("example.com/team", True),
    ],
)
def test_what_an_applier_notes_down_is_no_part_of_an_object(
    part: str,
    kind: int,
    key: str,
    *,
    named: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    objects = [kept_by_the_server(each) for each in (PEER, POOL, ADVERTISED)]
    objects[kind]["metadata"].setdefault(part, {})[key] = "metallb"
    _, lines = imported(capsys, str(written(tmp_path, a_list(*objects))))
    in_a_pool = kind == 1 and part == "labels"  # which a stack file can have
    named = named and not in_a_pool
    assert any(each.startswith("note: not read: ") and key in each for each in lines) is named
