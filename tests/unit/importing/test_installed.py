"""What the files say of the MetalLB that reads them: its release, its mode and its namespace."""

from pathlib import Path
from typing import Any

import pytest

from metallb.importing.assumed import assumed_mode, assumed_release
from metallb.importing.installed import Installed, installed_by, values_elsewhere
from metallb.importing.reading import Reading, read_foreign
from metallb.releases import BgpMode, parse_release
from tests.support.yaml_text import dumped
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    checked,
    config,
    documents,
    imported,
    written,
)


def workload(
    image: str, kind: str = "DaemonSet", home: str = "metallb-system", **environment: str
) -> dict[str, Any]:
    env = [{"name": name, "value": value} for name, value in environment.items()]
    containers = [{"name": "beside", "image": "quay.io/frrouting/frr:10.4.1"}]
    containers.append({"name": "speaker", "image": image, "env": env})  # type: ignore[dict-item]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "speaker", "namespace": home},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


def flux(version: str, values: dict[str, Any], chart: str = "metallb") -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "lb", "namespace": "flux-system"},
        "spec": {
            "targetNamespace": "lb",
            "chart": {"spec": {"chart": chart, "version": version}},
            "values": values,
        },
    }


def argo(version: str, values: dict[str, Any], chart: str = "metallb") -> dict[str, Any]:
    source = {
        "chart": chart,
        "targetRevision": version,
        "helm": {"values": dumped(values)},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "lb", "namespace": "argocd"},
        "spec": {"destination": {"namespace": "lb"}, "sources": [{"ref": "values"}, source]},
    }


def k3s(version: str, values: dict[str, Any], chart: str = "metallb/metallb") -> dict[str, Any]:
    return {
        "apiVersion": "helm.cattle.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": "lb", "namespace": "kube-system"},
        "spec": {
            "targetNamespace": "lb",
            "chart": chart,
            "version": version,
            "valuesContent": dumped(values),
        },
    }


def reading(folder: Path, *objects: dict[str, Any]) -> Reading:
    text = "---\n".join(dumped(each) for each in objects)
    return read_foreign(written(folder, documents(text, PEER, POOL, ADVERTISED)))


def assumed(read: Reading) -> tuple[str, str]:
    release = assumed_release(read)
    return str(release), str(assumed_mode(read, release).mode)


@pytest.mark.parametrize(
    ("found", "release", "mode"),
    [
        (workload("quay.io/metallb/speaker:v0.14.9"), "0.14.9", "native"),
        (
            workload("quay.io/metallb/speaker:v0.15.2@sha256:00", METALLB_BGP_TYPE="frr"),
            "0.15.2",
            "frr",
        ),
        (
            workload("registry:5000/metallb/speaker:v0.16.1", METALLB_BGP_TYPE="frr-k8s"),
            "0.16.1",
            "frr-k8s",
        ),
        (workload("docker.io/bitnami/metallb-speaker:0.13.7-debian-11"), "0.13.7", "native"),
        (workload("quay.io/metallb/controller:v0.14.9", "Deployment"), "0.14.9", "native"),
        (workload("quay.io/metallb/speaker:main", METALLB_BGP_TYPE="frr"), "0.16.2", "frr"),
        (workload("example.com/other/speaker:v0.14.9"), "0.16.2", "native"),
    ],
)
def test_a_workload_of_metallb_has_its_release_and_its_mode(
    found: dict[str, Any], release: str, mode: str, tmp_path: Path
) -> None:
    assert assumed(reading(tmp_path, found)) == (release, mode)


FRR, FRR_K8S = {"speaker": {"frr": {"enabled": True}}}, {"frrk8s": {"enabled": True}}
NATIVE = {"speaker": {"frr": {"enabled": False}}, "frrk8s": {"enabled": False}}


@pytest.mark.parametrize("program", [flux, argo, k3s])
@pytest.mark.parametrize(
    ("version", "values", "release", "mode"),
    [
        ("0.14.9", {}, "0.14.9", "frr"),
        ("v0.15.3", NATIVE, "0.15.3", "native"),
        ("0.15.3", FRR_K8S, "0.15.3", "frr-k8s"),
        ("0.13.9", {}, "0.13.9", "native"),
        ("0.13.7", FRR, "0.13.7", "frr"),
        ("0.16.1", {}, "0.16.1", "frr-k8s"),
        ("0.16.1", {"metallb": NATIVE}, "0.16.1", "native"),
        ("0.16.x", FRR, "0.16.2", "frr"),
        (">=0.14.0", {}, "0.16.2", "native"),
        ("6.4.1", {}, "0.16.2", "native"),
    ],
)
def test_a_chart_has_its_release_and_its_mode(
    program: Any, version: str, values: dict[str, Any], release: str, mode: str, tmp_path: Path
) -> None:
    assert assumed(reading(tmp_path, program(version, values))) == (release, mode)


@pytest.mark.parametrize("program", [flux, argo, k3s])
def test_a_chart_of_another_program_says_nothing(program: Any) -> None:
    found = installed_by(program("0.14.9", FRR, "metallb-frr-exporter"), [FRR])
    assert found == Installed("")


def test_values_of_the_chart_beside_the_objects_choose_the_mode(tmp_path: Path) -> None:
    assert assumed(reading(tmp_path, FRR)) == ("0.16.2", "frr")


def test_what_runs_comes_before_what_installs_it(tmp_path: Path) -> None:
    running = workload("quay.io/metallb/speaker:v0.15.3", METALLB_BGP_TYPE="frr")
    for objects in ((flux("0.16.2", {}), running), (running, flux("0.16.2", {}))):
        assert assumed(reading(tmp_path, *objects)) == ("0.15.3", "frr")


def test_a_release_of_another_format_is_no_release_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = dumped(workload("quay.io/metallb/speaker:v0.16.2"))
    path = written(tmp_path, f"{text}---\n{config()}")
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:install"]["version"] == "0.12.1"
    assert any("0.16.2 of DaemonSet speaker reads another format" in each for each in lines)


def test_release_and_mode_are_named_with_their_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = dumped(workload("quay.io/metallb/speaker:v0.14.9", METALLB_BGP_TYPE="frr"))
    path = written(tmp_path, documents(text, PEER, POOL, ADVERTISED))
    sections, lines = imported(capsys, str(path))
    _, printed = checked(capsys, str(path))
    assert sections["metallb:install"] == {
        "version": "0.14.9",
        "source": "existing",
        "bgpMode": "frr",
        "namespace": "metallb-system",
    }
    for shown in ("\n".join(lines), printed):
        assert "MetalLB 0.14.9: set by DaemonSet speaker" in shown
        assert "BGP mode frr: set by DaemonSet speaker" in shown
    sections, lines = imported(capsys, str(path), "--release", "0.16.2", "--mode", "native")
    assert sections["metallb:install"]["version"] == "0.16.2"
    assert not any("set by" in each for each in lines)


def test_objects_of_another_namespace_are_passed_over_and_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = dumped(workload("quay.io/metallb/speaker:v0.16.2"))
    other = POOL.replace("metallb-system", "other").replace("198.51.100", "203.0.113")
    path = written(tmp_path, documents(text, PEER, POOL, other, ADVERTISED))
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:addressPools"] == {"web": {"addresses": ["198.51.100.0/28"]}}
    assert any("passed over" in each and "in namespace other" in each for each in lines)
    errors, _ = checked(capsys, str(path))
    assert errors == {"K1"}
    written(tmp_path, documents(text, PEER, POOL, ADVERTISED))
    assert checked(capsys, str(path))[0] == set()


@pytest.mark.parametrize("program", [flux, argo, k3s])
def test_where_a_chart_goes_is_the_namespace_of_a_configuration_without_one(
    program: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = [each.replace(", namespace: metallb-system", "") for each in (PEER, POOL, ADVERTISED)]
    text = dumped(program("0.16.2", NATIVE))
    path = written(tmp_path, documents(text, *bare))
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:install"]["namespace"] == "lb"


def test_the_namespace_of_a_configmap_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "config", "namespace": "lb"},
        "data": {"config": config()},
    }
    sections, _ = imported(capsys, str(written(tmp_path, dumped(document))))
    assert sections["metallb:install"]["namespace"] == "lb"


def test_a_release_before_a_field_is_judged_by_that_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = dumped(workload("quay.io/metallb/speaker:v0.13.9", METALLB_BGP_TYPE="frr"))
    peer = PEER.replace("holdTime", "connectTime: 5s, holdTime")
    path = written(tmp_path, documents(text, peer, POOL, ADVERTISED))
    assert checked(capsys, str(path))[0] == {"V1"}


@pytest.mark.parametrize(
    ("kind", "spec", "names"),
    [
        ("HelmRelease", {"valuesFrom": [{"kind": "Secret", "name": "more"}]}, ["Secret more"]),
        ("Application", {"source": {"helm": {"valueFiles": ["$v/a.yaml"]}}}, ["$v/a.yaml"]),
        ("Application", {"sources": [{"helm": {"valueFiles": ["a", "b"]}}]}, ["a", "b"]),
        ("HelmRelease", {"values": {}}, []),
        ("Deployment", {"valuesFrom": [{"name": "x"}]}, []),
        ("HelmRelease", None, []),
    ],
)
def test_values_that_are_elsewhere_are_named(kind: str, spec: Any, names: list[str]) -> None:
    words = values_elsewhere(kind, spec)
    assert bool(words) == bool(names)
    assert all(name in words for name in names)


def test_a_mode_is_one_of_those_that_the_release_may_run() -> None:
    found = installed_by(workload("quay.io/metallb/speaker:v0.14.9", METALLB_BGP_TYPE="new"), [])
    assert (found.mode, found.release) == (None, parse_release("0.14.9"))
    assert installed_by(flux("0.14.9", FRR), [FRR]).mode is BgpMode.FRR


ODD = (
    {"kind": "DaemonSet", "spec": {"template": {"spec": {"containers": [5, {"image": 7}]}}}},
    {"kind": "DaemonSet", "spec": {"template": []}},
    {"kind": "Application", "spec": {"source": 5, "sources": [5, {"chart": "metallb", "helm": 7}]}},
    {"kind": "HelmRelease", "spec": {"chart": "metallb", "values": {"metallb": []}}},
    {"kind": "HelmChart", "spec": {"chart": "metallb", "valuesContent": "{"}},
    {"kind": "MetalLB", "spec": {"bgpBackend": ["frr"]}},
    {"kind": 5, "metadata": [], "spec": None},
)


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_object_of_another_shape_says_nothing(
    odd: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = {"apiVersion": "metallb.io/v1beta1" if odd["kind"] == "MetalLB" else "a/v1", **odd}
    path = written(tmp_path, documents(dumped(beside), PEER, POOL, ADVERTISED))
    assert assumed(read_foreign(path)) == ("0.16.2", "native")
    assert checked(capsys, str(path))[0] == set()
