"""Rules about how MetalLB itself is installed, as far as the configuration depends on it."""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.config import Install, Source
from metallb.config.install import Monitoring
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.releases import BgpMode, Release

__all__: list[str] = []

_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_HONOURS_EXCLUSION = Release(0, 14, 2)
_FRR_K8S = ("frrk8s", "enabled")
_FRR = ("speaker", "frr", "enabled")
_SERVICE_MONITOR = ("prometheus", "serviceMonitor", "enabled")
_POD_MONITOR = ("prometheus", "podMonitor", "enabled")
_MEMBERLIST = ("speaker", "memberlist", "enabled")
_SWITCHES = (_FRR_K8S, _FRR, _SERVICE_MONITOR, _POD_MONITOR, _MEMBERLIST)
_SLICES_ONLY = (Release(0, 14, 2), 21)
_CHART_WITH_EXCLUSION = Release(0, 14, 4)
_CHART_WITH_POLICIES = Release(0, 15, 3)
_ANY_SOURCE = (
    *("version", "source", "bgpMode", "namespace"),
    # What is in the second is told by itself; the account is whom `status` scrapes as.
    *("monitoring", "monitoring.prometheus"),
)
_OF_THE_CHART = ("helmValues", "helmChart", "helmRepository")
_OF_STATUS = {
    "loadBalancerClass": "keep it and silence this, so that `status` knows which Services MetalLB "
    "serves; set the class where MetalLB is installed as well",
    "monitoring.serviceMonitor": "keep it and silence this where `status` borrows a token: it asks "
    "for one of the account of monitoring.prometheus only with this setting. Where the kubeconfig "
    "has a token of its own, or the account may not read the metrics, remove it",
}
"""What does something with source existing all the same, and what to do with it."""


@rule("I2", Severity.WARNING)
def excluded_nodes(case: Case) -> Iterator[Hit]:
    """Speakers on control-plane nodes are told to ignore the exclusion label.

    Why: such nodes usually carry node.kubernetes.io/exclude-from-external-load-balancers, and
    MetalLB announces nothing from them.
    Remedy: set speaker.ignoreExcludeLb: true, or silence this where the label was removed.
    Source: MetalLB release notes of 0.14.2; MetalLB issues 2021, 2274.
    """
    stack = case.stack
    if stack is None or stack.install.source is Source.EXISTING:
        return
    speaker = stack.install.speaker
    if case.release < _HONOURS_EXCLUSION or speaker.ignore_exclude_lb:
        return
    for key in speaker.node_selectors:
        if key in _CONTROL_PLANE:
            yield Hit(f"metallb:install.speaker.nodeSelectors.{key}", "without ignoreExcludeLb")


@rule("I4", Severity.ERROR)
def helm_values_agree(case: Case) -> Iterator[Hit]:
    """helmValues do not contradict what the stack file says elsewhere.

    Why: the chart refuses configInline and two modes at once, and a mode that was changed here was
    not checked; a switch that is no boolean is on, off or passed over as the chart sees fit.
    Remedy: remove the value; set bgpMode, monitoring and pools in the stack file.
    Source: MetalLB charts/metallb/values.yaml, charts/metallb/templates/_helpers.tpl.
    """
    stack = case.stack
    if stack is None or stack.install.source is not Source.HELM:
        return
    values = stack.install.helm_values
    where = "metallb:install.helmValues"
    if "configInline" in values:
        yield Hit(f"{where}.configInline", "the chart fails on it")
    for path in _SWITCHES:
        # Helm passes over a condition that is no boolean, and takes each text for true elsewhere.
        if not isinstance(_at(values, *path), bool | _Absent):
            yield Hit(f"{where}.{'.'.join(path)}", "neither true nor false")
    frr_k8s, frr = _at(values, *_FRR_K8S), _at(values, *_FRR)
    mode = stack.install.bgp_mode
    if isinstance(frr_k8s, bool) and frr_k8s is not (mode is BgpMode.FRR_K8S):
        yield Hit(f"{where}.frrk8s.enabled", f"{frr_k8s}, and bgpMode {mode}")
    if isinstance(frr, bool) and frr is not (mode is BgpMode.FRR):
        yield Hit(f"{where}.speaker.frr.enabled", f"{frr}, and bgpMode {mode}")
    if _at(values, *_SERVICE_MONITOR) is True and _at(values, *_POD_MONITOR) is True:
        yield Hit(f"{where}.prometheus", "serviceMonitor and podMonitor, which exclude each other")
    if _at(values, *_MEMBERLIST) is False and stack.install.speaker.node_selectors:
        yield Hit(f"{where}.speaker.memberlist.enabled", "off, beside speaker.nodeSelectors")


class _Absent:
    """Nothing is said; `null` says something, since Helm then takes the chart's own value away."""


def _at(values: Mapping[str, Any], *path: str) -> Any:
    value: Any = values
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return _Absent()
        value = value[key]
    return value


@rule("I5", Severity.ERROR)
def kubernetes_new_enough(case: Case) -> Iterator[Hit]:
    """MetalLB 0.14.2 and later need Kubernetes 1.21 or later.

    Why: they read EndpointSlices only, and an older cluster's Services look as if nothing served
    them.
    Remedy: set an older MetalLB version, or update the cluster.
    Source: MetalLB release notes of 0.14.2.
    """
    stack = case.stack
    since, oldest = _SLICES_ONLY
    minor = stack.kubernetes.minor if stack is not None else None
    if stack is None or minor is None or case.release < since:
        return
    if minor < oldest:
        yield Hit("metallb:kubernetes.version", str(stack.kubernetes.version))


@rule("I12", Severity.WARNING)
def alerts_have_metrics(case: Case) -> Iterator[Hit]:
    """Alerts and dashboard come with a ServiceMonitor.

    Why: without one nothing scrapes the metrics, and an alert on an absent metric never fires.
    Remedy: set monitoring.serviceMonitor: true, or silence this where something else scrapes.
    Source: Prometheus operator documentation.
    """
    if case.stack is None or case.stack.install.source is Source.EXISTING:
        return
    monitoring = case.stack.install.monitoring
    if monitoring.service_monitor:
        return
    for name, wanted in (
        ("prometheusRule", monitoring.prometheus_rule),
        ("dashboard", monitoring.dashboard),
    ):
        if wanted:
            yield Hit(f"metallb:install.monitoring.{name}", "true, without serviceMonitor")


@rule("I13", Severity.WARNING)
def unused_settings(case: Case) -> Iterator[Hit]:
    """A setting of the installation is read by the source that installs.

    Why: with source existing somebody else installs MetalLB and its monitoring, so nothing is made;
    helmValues, helmChart and helmRepository are for source helm; older releases and their charts
    have no such setting.
    Remedy: remove it, and set it where MetalLB is installed; or set source: builtin or helm, or a
    newer version. What `status` reads (loadBalancerClass, monitoring.serviceMonitor) is kept, and
    this silenced, where status needs it.
    Source: MetalLB charts/metallb/values.yaml (networkpolicies since 0.15.3, ignoreExcludeLB since
    0.14.4); MetalLB v0.12.1 speaker/main.go; the product's own rule.
    """
    if case.stack is None:
        return
    for name, why in _unused(case.stack.install):
        existing = case.stack.install.source is Source.EXISTING
        remedy = _OF_STATUS.get(name, "") if existing else ""
        yield Hit(f"metallb:install.{name}", why, remedy=remedy)


def _unused(install: Install) -> Iterator[tuple[str, str]]:
    """Each setting that does nothing, and the reason."""
    if install.source is Source.HELM:
        yield from _unknown_to_the_chart(install)
        return
    asked = install.model_dump(by_alias=True, mode="json", exclude_defaults=True)
    if install.source is Source.BUILTIN:
        names = [name for name in asked if name in _OF_THE_CHART]
        # An older speaker announces from such nodes whatever it is told.
        if install.speaker.ignore_exclude_lb and install.release < _HONOURS_EXCLUSION:
            yield "speaker.ignoreExcludeLb", f"MetalLB {install.version}"
    else:
        names = [*asked, *(f"monitoring.{name}" for name in asked.get("monitoring", {}))]
    for name in names:
        if name not in _ANY_SOURCE:
            also = ", and read by `status` alone" if name in _OF_STATUS else ""
            yield name, f"source {install.source}{also}"


def _unknown_to_the_chart(install: Install) -> Iterator[tuple[str, str]]:
    if install.network_policy and install.release < _CHART_WITH_POLICIES:
        yield "networkPolicy", f"chart {install.version}"
    if install.speaker.ignore_exclude_lb and install.release < _CHART_WITH_EXCLUSION:
        yield "speaker.ignoreExcludeLb", f"chart {install.version}"
    if install.monitoring.interval != Monitoring().interval:
        yield "monitoring.interval", "source helm"
