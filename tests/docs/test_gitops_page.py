"""The Flux and Argo CD examples: one object a phase of `render`, in order, fit for their CRDs."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.render import rendered
from metallb.render.manifests import FileSet
from tests.docs.blocks import blocks, stack_files
from tests.support.go_module import go_module
from tests.support.paths import STACKS
from tests.unit.installation.structural_reader import pruned, violations

DOCUMENTS = [
    document
    for block in blocks("yaml")
    if block.page.name == "gitops.md"
    for document in yaml.safe_load_all(block.text)
]
OF_PHASES = [each for each in DOCUMENTS if each["metadata"]["name"].startswith("metallb-")]
FLUX = [each for each in OF_PHASES if each["kind"] == "Kustomization"]
ARGO = [each for each in OF_PHASES if each["kind"] == "Application"]
WITH_CHART = [each for each in DOCUMENTS if each not in OF_PHASES]
FILES = rendered(STACKS / "Pulumi.onprem.yaml").files
PHASES = sorted({name.partition("/")[0] for name in FILES.manifests})
PRUNED = "4-configuration"
CRDS = {
    "Kustomization": ("github.com/fluxcd/kustomize-controller@v1.9.6", "config/crd/bases"),
    "HelmRepository": ("github.com/fluxcd/source-controller@v1.9.6", "config/crd/bases"),
    "HelmRelease": ("github.com/fluxcd/helm-controller@v1.4.0", "config/crd/bases"),
    "Application": ("github.com/argoproj/argo-cd/v3@v3.4.0", "manifests/crds"),
}
"""The Go modules that have the CRDs, and the folder in each."""


@pytest.mark.parametrize("found", [FLUX, ARGO], ids=["flux", "argo"])
def test_each_phase_has_one_object_in_its_order(found: list[dict[str, Any]]) -> None:
    assert [each["metadata"]["name"] for each in found] == [f"metallb-{name}" for name in PHASES]


def test_flux_applies_a_phase_when_the_one_before_is_ready() -> None:
    names = [each["metadata"]["name"] for each in FLUX]
    waits = [[one["name"] for one in each["spec"].get("dependsOn", [])] for each in FLUX]
    assert waits == [[], *([name] for name in names[:-1])]
    # Ready means applied alone, unless it waits for something.
    for each in FLUX:
        assert each["spec"].get("wait") or each["spec"]["healthChecks"]
    assert [each["spec"]["path"] for each in FLUX] == [f"./onprem/{name}" for name in PHASES]


def test_the_waves_of_argo_cd_are_the_order_of_the_phases() -> None:
    key = "argocd.argoproj.io/sync-wave"
    waves = [int(each["metadata"]["annotations"][key]) for each in ARGO]
    assert waves == sorted(set(waves))
    assert [each["spec"]["source"]["path"] for each in ARGO] == [f"onprem/{x}" for x in PHASES]


def test_the_configuration_alone_is_pruned() -> None:
    flux = {each["spec"]["path"].rpartition("/")[2]: each["spec"]["prune"] for each in FLUX}
    argo = {
        each["spec"]["source"]["path"].rpartition("/")[2]: each["spec"]["syncPolicy"]["automated"][
            "prune"
        ]
        for each in ARGO
    }
    assert flux == argo == {name: name == PRUNED for name in PHASES}


def test_what_is_waited_for_and_ignored_is_what_the_phase_has() -> None:
    objects = {
        (document["kind"], document["metadata"]["name"], name.partition("/")[0])
        for name in FILES.manifests
        for document in [yaml.safe_load(FILES.files[name].data)]
    }
    waited = {
        (one["kind"], one["name"], each["spec"]["path"].rpartition("/")[2])
        for each in FLUX
        for one in each["spec"].get("healthChecks", [])
    }
    ignored = {
        (one["kind"], one["name"], each["spec"]["source"]["path"].rpartition("/")[2])
        for each in ARGO
        for one in each["spec"].get("ignoreDifferences", [])
    }
    assert waited
    assert ignored
    assert waited | ignored <= objects


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [each for each in WITH_CHART if each["kind"] == kind]


@pytest.fixture(scope="module")
def with_chart(tmp_path_factory: pytest.TempPathFactory) -> FileSet:
    """What the page's stack with MetalLB's chart renders."""
    ((name, text),) = ((n, t) for n, t in stack_files().items() if n.endswith(".three.yaml"))
    path = tmp_path_factory.mktemp("three") / Path(name).name
    path.write_text(text, encoding="utf-8")
    return rendered(path).files


def test_a_chart_is_a_phase_of_both(with_chart: FileSet) -> None:
    phases = sorted({name.partition("/")[0] for name in with_chart.files})
    flux, argo = of_kind("Kustomization"), of_kind("Application")
    paths = [each["spec"]["path"] for each in flux]
    assert paths == [f"./three/{phase}" for phase in phases]
    assert [each["metadata"]["name"] for each in flux] == [f"three-{phase}" for phase in phases]
    assert [each["metadata"]["name"] for each in argo] == [f"three-{phase}" for phase in phases]
    waits = [[one["name"] for one in each["spec"].get("dependsOn", [])] for each in flux]
    assert waits == [[], *([each["metadata"]["name"]] for each in flux[:-1])]
    key = "argocd.argoproj.io/sync-wave"
    assert [each["metadata"]["annotations"][key] for each in argo] == ["1", "2", "3"]


def test_the_chart_of_both_is_the_rendered_one(with_chart: FileSet) -> None:
    written = with_chart.files["2-chart/metallb.values"].data.decode()
    (release,), (repository,) = of_kind("HelmRelease"), of_kind("HelmRepository")
    sources = [each["spec"]["source"] for each in of_kind("Application")]
    (source,) = (each for each in sources if "chart" in each)
    chart = release["spec"]["chart"]["spec"]
    assert release["spec"]["values"] == source["helm"]["valuesObject"] == yaml.safe_load(written)
    assert chart["sourceRef"]["name"] == repository["metadata"]["name"]
    flux = (chart["chart"], chart["version"], repository["spec"]["url"])
    assert flux == (source["chart"], source["targetRevision"], source["repoURL"])
    for line in zip(("chart", "version", "repository"), flux, strict=True):
        assert f"# {line[0]}: {line[1]}\n" in written
    name = f"upgrade --install {source['helm']['releaseName']} "
    assert name in written
    assert release["spec"]["releaseName"] == source["helm"]["releaseName"]
    assert f"--namespace {release['spec']['targetNamespace']} " in written


@cache
def spec_of(kind: str, version: str) -> dict[str, Any]:
    """The schema of a kind's `spec`, as its controller publishes it."""
    module, folder = CRDS[kind]
    (spec,) = (
        each["schema"]["openAPIV3Schema"]["properties"]["spec"]
        for path in sorted((go_module(module) / folder).glob("*.yaml"))
        for crd in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        if crd["kind"] == "CustomResourceDefinition" and crd["spec"]["names"]["kind"] == kind
        for each in crd["spec"]["versions"]
        if f"{crd['spec']['group']}/{each['name']}" == version
    )
    return dict(spec)


@pytest.mark.parametrize("found", DOCUMENTS, ids=lambda each: each["metadata"]["name"])
def test_an_example_is_one_of_its_crd(found: dict[str, Any]) -> None:
    spec = spec_of(found["kind"], found["apiVersion"])
    assert pruned(spec, found["spec"]) == found["spec"]
    assert list(violations(spec, found["spec"])) == []
