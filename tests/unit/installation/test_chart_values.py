"""Values that `source: helm` sets exist in MetalLB's own chart of each release."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.installation import helm_values
from metallb.releases import BUILTIN_RELEASES, BgpMode, ConfigFormat, Release
from metallb.stackfile.install import Install
from tests.support.metallb_module import module_folder

CHARTS = [item for item in BUILTIN_RELEASES if item.format is ConfigFormat.CUSTOM_RESOURCES]
OPEN = ("additionalLabels", "annotations", "labels", "nodeSelector", "podAnnotations", "resources")
"""Keys whose values are mappings of any keys."""
EVERYTHING = {
    "source": "helm",
    "networkPolicy": True,
    "loadBalancerClass": "example.org/metallb",
    "imagePullSecrets": ["registry"],
    "speaker": {"annotations": {"a": "b"}, "nodeSelectors": {"a": "b"}, "priorityClassName": "c"},
    "controller": {"resources": {"limits": {"cpu": "1"}}},
    "monitoring": {"serviceMonitor": True, "prometheusRule": True},
}
"""A section that sets every value there is."""


def _keys(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all leaves."""
    if not isinstance(values, dict) or (path and path[-1] in OPEN):
        yield path
        return
    for key, value in values.items():
        yield from _keys(value, (*path, key))


def _has(values: Any, path: tuple[str, ...]) -> bool:
    """Whether a chart's values.yaml has a key."""
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


def _takes(schema: Any, path: tuple[str, ...], root: Any) -> bool:
    """Whether a chart's schema names a key, which values.yaml may leave to a comment."""
    if not path:
        return True
    below = schema.get("properties", {}).get(path[0])
    if below is not None and _takes(below, path[1:], root):
        return True
    others = list(schema.get("allOf", ()))
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        others.append(target)
    return any(_takes(other, path, root) for other in others)


def _unknown(chart: Path, values: Any) -> list[str]:
    known = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    spelled = chart / "values.schema.json"
    schema = json.loads(spelled.read_text(encoding="utf-8")) if spelled.exists() else {}
    return [
        ".".join(path)
        for path in _keys(values)
        if not _has(known, path) and not _takes(schema, path, schema)
    ]


def _values(release: Release, mode: BgpMode) -> dict[str, Any]:
    section = {**EVERYTHING, "version": str(release), "bgpMode": mode.value}
    return dict(helm_values(Install.model_validate(section)))


@pytest.mark.parametrize("mode", BgpMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("release", CHARTS, ids=str)
def test_the_chart_has_every_value_that_we_set(release: Release, mode: BgpMode) -> None:
    chart = module_folder(release) / "charts" / "metallb"
    values = _values(release, mode)
    of_frr_k8s = values.pop("frr-k8s", None)
    assert _unknown(chart, values) == []
    assert (of_frr_k8s is not None) is (mode is BgpMode.FRR_K8S)


@pytest.mark.parametrize("release", CHARTS, ids=str)
def test_the_chart_of_frr_k8s_has_every_value_that_we_set(release: Release, tmp_path: Path) -> None:
    (packed,) = (module_folder(release) / "charts/metallb/charts").glob("frr-k8s-*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    assert _unknown(tmp_path / "frr-k8s", _values(release, BgpMode.FRR_K8S)["frr-k8s"]) == []


@pytest.mark.parametrize("release", CHARTS, ids=str)
def test_a_value_that_the_chart_lacks_is_noticed(release: Release) -> None:
    chart = module_folder(release) / "charts" / "metallb"
    values = {"speaker": {"logLevell": "info", "frr": {"enable": True}}, "loadBalancer": "a"}
    assert _unknown(chart, values) == ["speaker.logLevell", "speaker.frr.enable", "loadBalancer"]
