"""The Flux and Argo CD examples: one object a phase of `render`, in order, with known fields."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.render import rendered
from tests.docs.blocks import blocks
from tests.support.paths import STACKS
from tests.unit.installation.structural_reader import pruned, violations

DOCUMENTS = [
    document
    for block in blocks("yaml")
    if block.page.name == "gitops.md"
    for document in yaml.safe_load_all(block.text)
]
FLUX = [each for each in DOCUMENTS if each["kind"] == "Kustomization"]
ARGO = [each for each in DOCUMENTS if each["kind"] == "Application"]
FILES = rendered(STACKS / "Pulumi.onprem.yaml").files
PHASES = sorted({name.partition("/")[0] for name in FILES.manifests})
PRUNED = "4-configuration"
CRDS = "METALLB_TESTS_CRDS"
"""Names a folder with the CRDs of both, as files *.yaml."""

FIELDS: dict[str, dict[str, type]] = {
    "Kustomization": {
        "dependsOn": list,
        "healthChecks": list,
        "interval": str,
        "path": str,
        "prune": bool,
        "retryInterval": str,
        "sourceRef": dict,
        "timeout": str,
        "wait": bool,
    },
    "Application": {
        "destination": dict,
        "ignoreDifferences": list,
        "project": str,
        "source": dict,
        "syncPolicy": dict,
    },
}
"""Fields of both specs that the examples use, by the CRDs of August 2026."""
NEEDED = {
    "Kustomization": {"interval", "prune", "sourceRef"},
    "Application": {"destination", "project"},
}


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


@pytest.mark.parametrize("found", [*FLUX, *ARGO], ids=lambda each: each["metadata"]["name"])
def test_an_example_has_fields_of_its_kind(found: dict[str, Any]) -> None:
    fields, spec = FIELDS[found["kind"]], found["spec"]
    assert NEEDED[found["kind"]] <= spec.keys()
    assert {key: type(value) for key, value in spec.items()}.items() <= fields.items()


@pytest.mark.skipif(CRDS not in os.environ, reason=f"{CRDS} names no folder with the CRDs")
@pytest.mark.parametrize("found", [*FLUX, *ARGO], ids=lambda each: each["metadata"]["name"])
def test_an_example_is_one_of_its_crd(found: dict[str, Any]) -> None:
    group, version = found["apiVersion"].split("/")
    (schema,) = (
        each["schema"]["openAPIV3Schema"]
        for path in sorted(Path(os.environ[CRDS]).glob("*.yaml"))
        for crd in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if (crd["spec"]["group"], crd["spec"]["names"]["kind"]) == (group, found["kind"])
        for each in crd["spec"]["versions"]
        if each["name"] == version
    )
    spec = schema["properties"]["spec"]
    assert pruned(spec, found["spec"]) == found["spec"]
    assert list(violations(spec, found["spec"])) == []
