"""Rules about how MetalLB itself is installed, as far as the configuration depends on it."""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.problem import Location, spelled
from metallb.releases import (
    BUILTIN_RELEASES,
    FIRST_OF_CRDS,
    HONOURS_EXCLUSION,
    BgpMode,
    Release,
)
from metallb.routing.modes import MODE_SINCE
from metallb.stackfile import Install, Source
from metallb.stackfile.install import Monitoring

__all__ = ["CONTROL_PLANE"]

CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_CHART = "MetalLB charts/metallb/values.yaml and templates/_helpers.tpl"
_FRR_K8S = ("frrk8s", "enabled")
_FRR = ("speaker", "frr", "enabled")
_SERVICE_MONITOR = ("prometheus", "serviceMonitor", "enabled")
_POD_MONITOR = ("prometheus", "podMonitor", "enabled")
_MEMBERLIST = ("speaker", "memberlist", "enabled")
_SWITCHES = (_FRR_K8S, _FRR, _SERVICE_MONITOR, _POD_MONITOR, _MEMBERLIST)
_SLICES_ONLY = (Release(0, 14, 2), 21)
_CHART_WITH_EXCLUSION = Release(0, 14, 4)
_CHART_WITH_SECCOMP = Release(0, 14, 0)
"""The chart has speaker.securityContext since then; that of the controller it had before."""
_CHART_WITH_POLICIES = Release(0, 15, 3)
_OF_ANY_SOURCE = (
    *("version", "source", "bgpMode", "namespace"),
    # What is below it is reported key by key.
    "monitoring",
)
_OF_THE_CHART = ("helmValues", "helmChart", "helmRepository", "helmRepositoryInsecure")
_EXISTING = (
    "With source existing MetalLB and its monitoring are installed by other means, and nothing of "
    "them is made here"
)
_OF_STATUS = {
    "loadBalancerClass": "ignore I13, so that `status` knows which Services MetalLB serves, and "
    "set the class where MetalLB is installed as well",
}
"""Settings that `status` reads with source existing, and what to do about them."""


@rule("I2", Severity.WARNING)
def excluded_nodes(case: Case) -> Iterator[Hit]:
    """Speakers on control-plane nodes obey the exclusion label.

    Requirement: Speakers on control-plane nodes ignore the label
    node.kubernetes.io/exclude-from-external-load-balancers.
    Why: such nodes usually carry it, and MetalLB announces nothing from them.
    Help: set `ignoreExcludeLb: true` below metallb:install.speaker; where the label was removed
    from these nodes, ignore I2.
    Source: MetalLB release notes of 0.14.2; MetalLB issues 2021, 2274.
    """
    stack = case.stack
    if stack is None or stack.install.source is Source.EXISTING:
        return
    speaker = stack.install.speaker
    if case.release < HONOURS_EXCLUSION or speaker.ignore_exclude_lb:
        return
    help = ""
    if stack.install.source is Source.HELM and case.release < _CHART_WITH_EXCLUSION:
        help = (
            "remove the label node.kubernetes.io/exclude-from-external-load-balancers from these "
            f"nodes and ignore I2; charts from {_CHART_WITH_EXCLUSION} on have ignoreExcludeLb"
        )
    chosen: list[tuple[Location, str]] = [
        (("nodeSelectors", key), key) for key in speaker.node_selectors
    ]
    chosen += [
        (("matchExpressions", index), each.key)
        for index, each in enumerate(speaker.match_expressions)
        if each.operator in ("In", "Exists")
    ]
    for where, key in chosen:
        if key in CONTROL_PLANE:
            yield Hit(
                ("metallb:install", "speaker", *where),
                "speakers run on control-plane nodes, but ignoreExcludeLb is false",
                help=help,
            )


@rule("I4", Severity.ERROR)
def helm_values_agree(case: Case) -> Iterator[Hit]:
    """A Helm value contradicts the stack file or the chart.

    Requirement: helmValues contradict neither the stack file nor the chart.
    Why: the chart refuses some values and two modes at once; a mode that helmValues change is not
    the one that was checked; a switch that is no boolean is on, off or without effect, as the chart
    happens to read it.
    Help: remove the value; set bgpMode, monitoring and pools in the stack file.
    Source: MetalLB charts/metallb/values.yaml, charts/metallb/templates/_helpers.tpl.
    """
    stack = case.stack
    if stack is None or stack.install.source is not Source.HELM:
        return
    values = stack.install.helm_values
    if "configInline" in values:
        yield Hit(
            _value("configInline"),
            "the chart refuses configInline",
            f"The chart fails on configInline, the ConfigMap of MetalLB 0.12 ({_CHART})",
            help="remove it: the stack file has the pools and peers",
        )
    for path in _SWITCHES:
        # Helm passes over a condition that is no boolean, and takes each text for true elsewhere.
        if not isinstance(_at(values, *path), bool | _Absent):
            own = path in (_FRR_K8S, _FRR)
            yield Hit(
                _value(*path),
                f"{'.'.join(path)} is neither true nor false",
                "Helm ignores a condition that is no boolean, and elsewhere takes every text for "
                f"true ({_CHART})",
                help="remove it: bgpMode sets it" if own else "write true or false, without quotes",
            )
    mode = stack.install.bgp_mode
    for path, sets in ((_FRR_K8S, BgpMode.FRR_K8S), (_FRR, BgpMode.FRR)):
        on = _at(values, *path)
        if isinstance(on, bool) and on is not (mode is sets):
            yield Hit(
                _value(*path),
                f"{'.'.join(path)} {str(on).lower()} contradicts bgpMode {mode}",
                "The mode that is checked is that of bgpMode, and the chart refuses two modes at "
                f"once ({_CHART})",
                help=f"remove it, or set `bgpMode: {sets}`"
                if on and case.release >= MODE_SINCE[sets]
                else "remove it: bgpMode sets it",
            )
    if _at(values, *_SERVICE_MONITOR) is True and _at(values, *_POD_MONITOR) is True:
        yield Hit(
            _value("prometheus"),
            "serviceMonitor and podMonitor are both on, which the chart refuses",
            f"The chart makes one of the two ({_CHART})",
            help="remove one of the two",
        )
    if _at(values, *_MEMBERLIST) is False and stack.install.speaker.node_selectors:
        yield Hit(
            _value(*_MEMBERLIST),
            "memberlist is off beside speaker.nodeSelectors, which the chart refuses",
            "Without memberlist speakers do not know which nodes have one, so that the chart takes "
            f"no nodeSelector for them ({_CHART})",
            help="remove it, or the nodeSelectors of metallb:install.speaker",
        )


def _value(*keys: str) -> Location:
    return "metallb:install", "helmValues", *keys


class _Absent:
    """No value; `null` is one, since Helm then takes the chart's own value away."""


def _at(values: Mapping[str, Any], *path: str) -> Any:
    value: Any = values
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return _Absent()
        value = value[key]
    return value


@rule("I5", Severity.ERROR)
def kubernetes_new_enough(case: Case) -> Iterator[Hit]:
    """Kubernetes is too old for the MetalLB release.

    Requirement: MetalLB 0.14.2 and later run on Kubernetes 1.21 or later.
    Why: they read EndpointSlices only, and in an older cluster no Service has an endpoint for them.
    Help: upgrade the cluster, or use a MetalLB release before 0.14.2.
    Source: MetalLB release notes of 0.14.2.
    """
    stack = case.stack
    since, oldest = _SLICES_ONLY
    minor = stack.kubernetes.minor if stack is not None else None
    if stack is None or minor is None or case.release < since:
        return
    if minor < oldest:
        help = f"upgrade the cluster to Kubernetes 1.{oldest} or later"
        older = [release for release in BUILTIN_RELEASES if release < since]
        if stack.install.source is Source.BUILTIN and older:
            help += f", or set `version: {max(older)}` below metallb:install"
        elif stack.install.source is not Source.BUILTIN and case.mode is not BgpMode.FRR_K8S:
            help += f", or use a MetalLB release before {since}"
        yield Hit(
            ("metallb:kubernetes", "version"),
            f"Kubernetes {stack.kubernetes.version} is too old for MetalLB {case.release}",
            help=help,
        )


@rule("I12", Severity.WARNING)
def alerts_have_metrics(case: Case) -> Iterator[Hit]:
    """Alerts or the dashboard are made without a ServiceMonitor.

    Requirement: Alerts and dashboard come with a ServiceMonitor.
    Why: without one nothing scrapes the metrics, and an alert on an absent metric never fires.
    Help: set `serviceMonitor: true` below metallb:install.monitoring; where something else scrapes
    the metrics, ignore I12.
    Source: Prometheus operator documentation.
    """
    if case.stack is None or case.stack.install.source is Source.EXISTING:
        return
    monitoring = case.stack.install.monitoring
    if monitoring.service_monitor:
        return
    for name, on in (
        ("prometheusRule", monitoring.prometheus_rule),
        ("dashboard", monitoring.dashboard),
    ):
        if on:
            yield Hit(
                ("metallb:install", "monitoring", name), f"{name} is on without serviceMonitor"
            )


@rule("I13", Severity.WARNING)
def unused_settings(case: Case) -> Iterator[Hit]:
    """A setting of the installation is not used.

    Requirement: A setting of the installation is for the source and release that install.
    Why: with source existing MetalLB and its monitoring are installed by other means, so that
    nothing is made; helmValues, helmChart and helmRepository are for source helm; older releases
    and their charts do not have each setting.
    Help: remove it, and set it where MetalLB is installed; or use source builtin or helm, or a
    newer version. For loadBalancerClass, which `status` reads, ignore I13.
    Source: MetalLB charts/metallb/values.yaml: networkpolicies since 0.15.3, ignoreExcludeLB since
    0.14.4, speaker.securityContext since 0.14.0; MetalLB v0.12.1 speaker/main.go; the product's own
    rule.
    """
    if case.stack is None:
        return
    written = case.stack.model_dump(
        include={"install"}, by_alias=True, mode="json", exclude_defaults=True
    )
    for below, summary, detail, help in _unused(case.stack.install, written.get("install", {})):
        yield Hit(("metallb:install", *below), summary, detail, help)


def _unused(
    install: Install, written: Mapping[str, Any]
) -> Iterator[tuple[Location, str, str, str]]:
    """Each setting that does nothing, what is wrong with it, why, and what to do.

    :param written: the settings that are not left at their defaults, by their keys.
    """
    if install.source is Source.HELM:
        yield from _unknown_to_the_chart(install)
    elif install.source is Source.BUILTIN:
        helm = install.release >= FIRST_OF_CRDS
        for name in written:
            if name in _OF_THE_CHART:
                help = "remove it, or set `source: helm`" if helm else "remove it"
                detail = f"{name} is for MetalLB's Helm chart, which source helm installs"
                yield (name,), f"{name} is not used with source builtin", detail, help
        # An older speaker announces from such nodes in any case.
        if install.speaker.ignore_exclude_lb and install.release < HONOURS_EXCLUSION:
            yield (
                ("speaker", "ignoreExcludeLb"),
                f"MetalLB {install.version} has no ignoreExcludeLb",
                f"MetalLB has it since {HONOURS_EXCLUSION} (MetalLB v0.12.1 speaker/main.go)",
                "remove it: this release announces from nodes with the exclusion label",
            )
    else:
        below = (("monitoring", name) for name in written.get("monitoring", {}))
        for keys in (*((name,) for name in written), *below):
            name = spelled(keys)
            if name in _OF_STATUS:
                summary = f"{name} is read by `status` alone with source existing"
                yield keys, summary, _EXISTING, _OF_STATUS[name]
            elif name not in _OF_ANY_SOURCE:
                help = "remove it"
                if name not in _OF_THE_CHART:
                    help += ", and set it where MetalLB is installed"
                yield keys, f"{name} is not used with source existing", _EXISTING, help


def _unknown_to_the_chart(install: Install) -> Iterator[tuple[Location, str, str, str]]:
    for keys, on, since in (
        (("networkPolicy",), install.network_policy, _CHART_WITH_POLICIES),
        (("speaker", "ignoreExcludeLb"), install.speaker.ignore_exclude_lb, _CHART_WITH_EXCLUSION),
        (("seccompProfile",), install.seccomp_profile is not None, _CHART_WITH_SECCOMP),
    ):
        if on and install.release < since:
            yield (
                keys,
                f"the chart of MetalLB {install.version} has no {keys[-1]}",
                f"The chart has it since {since} (MetalLB charts/metallb/values.yaml)",
                f"remove it, or set `version: {since}` or later",
            )
    if install.monitoring.interval != Monitoring().interval:
        keys = ("monitoring", "interval")
        detail = (
            "MetalLB's chart takes a number without a unit there, which the Prometheus operator "
            "refuses (MetalLB charts/metallb/values.yaml)"
        )
        yield keys, f"{spelled(keys)} is not used with source helm", detail, "remove it"
