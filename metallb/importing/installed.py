"""What objects beside a configuration say of the MetalLB that reads it.

Its workloads name the image and the BGP mode, the operator's object the mode, a Flux HelmRelease, a
k3s HelmChart or an Argo CD Application the version and the values of the chart. Source: MetalLB
speaker/main.go (METALLB_BGP_TYPE) and charts/metallb/values.yaml of each release.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metallb.releases import BgpMode, Release, parse_release

__all__ = ["Installed", "installed_by", "newest_first", "values_elsewhere"]

_WORKLOADS = ("DaemonSet", "Deployment")
_CHARTS = ("HelmRelease", "HelmChart", "Application")
_IMAGE = re.compile(r"(?:^|/)metallb(?:/|-)(?P<part>speaker|controller):(?P<tag>[^@]+)(?:@|$)")
_TAG = re.compile(r"v?\d+\.\d+\.\d+")
_MODE = "METALLB_BGP_TYPE"
_CHART = "metallb"
_BACKENDS = {
    "native": BgpMode.NATIVE,
    "frr": BgpMode.FRR,
    "frr-k8s": BgpMode.FRR_K8S,
    "frr-k8s-external": BgpMode.FRR_K8S,
}
"""BGP modes in the words of the speaker and of MetalLB's operator."""
_LAST_NATIVE, _FIRST_FRR, _FIRST_FRR_K8S = Release(0, 13, 9), Release(0, 13, 12), Release(0, 16, 0)
"""Charts that install a mode where the values say nothing."""


@dataclass(frozen=True)
class Installed:
    """What one object says; None and the empty text where it does not.

    :ivar by: the object, in words.
    :ivar namespace: the namespace that MetalLB runs in.
    :ivar runs: whether the object is MetalLB itself, and not what installs it.
    """

    by: str
    release: Release | None = None
    mode: BgpMode | None = None
    namespace: str = ""
    runs: bool = False


def newest_first(found: Iterable[Installed]) -> list[Installed]:
    """What runs before what installs it: a release may be on its way, or pinned elsewhere."""
    return sorted(found, key=lambda each: not each.runs)


def installed_by(value: Mapping[str, Any], chart_values: Iterable[Mapping[str, Any]]) -> Installed:
    """What an object says, or a document with values of the chart; nothing for any other.

    :param chart_values: the mappings of chart values in it.
    """
    kind = str(value.get("kind", ""))
    metadata, spec = _mapping(value.get("metadata")), _mapping(value.get("spec"))
    by, home = f"{kind} {metadata.get('name', '')}", str(metadata.get("namespace") or "")
    if kind in _WORKLOADS:
        return _workload(spec, by, home)
    if kind == "MetalLB" and str(value.get("apiVersion", "")).startswith("metallb.io/"):
        backend = str(spec.get("bgpBackend", ""))
        return Installed(
            f"bgpBackend {backend} of {by}", mode=_BACKENDS.get(backend), namespace=home
        )
    if kind in _CHARTS:
        return _chart(kind, spec, by, home, chart_values)
    if not kind:
        return Installed("values of the chart", mode=_mode_of(chart_values))
    return Installed("")


def values_elsewhere(kind: str, spec: Any) -> str:
    """Where values of a chart come from that the object does not hold; empty where nowhere."""
    if kind not in _CHARTS:
        return ""
    names = [
        f"{each.get('kind', 'ConfigMap')} {each.get('name', '')}"
        for each in _list(_mapping(spec).get("valuesFrom"))
        if isinstance(each, Mapping)
    ]
    for source in _sources(_mapping(spec)):
        names += [str(each) for each in _list(_mapping(source.get("helm")).get("valueFiles"))]
    return f"it takes values from {', '.join(names)}: name these files as well" if names else ""


def _workload(spec: Mapping[str, Any], by: str, home: str) -> Installed:
    pod = _mapping(_mapping(spec.get("template")).get("spec"))
    for container in _list(pod.get("containers")):
        held = _mapping(container)
        match = _IMAGE.search(str(held.get("image", "")))
        if match is None:
            continue
        named = {
            str(_mapping(each).get("name")): str(_mapping(each).get("value"))
            for each in _list(held.get("env"))
        }
        speaks = match["part"] == "speaker"
        mode = _BACKENDS.get(named.get(_MODE, "native")) if speaks else None
        tag = _TAG.match(match["tag"])
        release = _release(tag[0]) if tag is not None else None
        return Installed(by, release, mode, home, runs=True)
    return Installed("")


def _chart(
    kind: str,
    spec: Mapping[str, Any],
    by: str,
    home: str,
    chart_values: Iterable[Mapping[str, Any]],
) -> Installed:
    if kind == "HelmRelease":
        inner = _mapping(_mapping(spec.get("chart")).get("spec"))
        chart, version = inner.get("chart"), inner.get("version")
        home = str(spec.get("targetNamespace") or home)
    elif kind == "HelmChart":
        chart, version = spec.get("chart"), spec.get("version")
        home = str(spec.get("targetNamespace") or home)
    else:
        found = [each for each in _sources(spec) if each.get("chart") is not None]
        chart = next((each.get("chart") for each in found), None)
        version = next((each.get("targetRevision") for each in found), None)
        home = str(_mapping(spec.get("destination")).get("namespace") or "")
    if str(chart).rsplit("/", 1)[-1] != _CHART:
        return Installed("")
    release = _release(str(version))
    mode = _mode_of(chart_values)
    if mode is None and release is not None:
        mode = _usual_mode(release)
    return Installed(f"chart {version} of {by}", release, mode, home)


def _sources(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_mapping(each) for each in [spec.get("source"), *_list(spec.get("sources"))] if each]


def _mode_of(chart_values: Iterable[Mapping[str, Any]]) -> BgpMode | None:
    """The mode that values choose; None where a default decides."""
    for values in _with_subcharts(chart_values):
        frr_k8s = _mapping(values.get("frrk8s"))
        frr = _mapping(_mapping(values.get("speaker")).get("frr")).get("enabled")
        if frr_k8s.get("enabled") is True or frr_k8s.get("external") is True:
            return BgpMode.FRR_K8S
        if frr is True:
            return BgpMode.FRR
        if frr is False and frr_k8s.get("enabled") is False:
            return BgpMode.NATIVE
    return None


def _with_subcharts(found: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Values of the chart itself, or of one that has it as a part."""
    for values in found:
        yield values
        yield _mapping(values.get(_CHART))


def _usual_mode(release: Release) -> BgpMode | None:
    """The mode of a chart whose values say nothing; None where it is not known."""
    if release <= _LAST_NATIVE:
        return BgpMode.NATIVE
    if release >= _FIRST_FRR_K8S:
        return BgpMode.FRR_K8S
    return BgpMode.FRR if release >= _FIRST_FRR else None


def _release(text: str) -> Release | None:
    """MetalLB's release; None for a range, or a version of a chart with numbers of its own."""
    try:
        found = parse_release(text)
    except ValueError:
        return None
    return found if found.major == 0 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
