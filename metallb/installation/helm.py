"""The values for MetalLB's Helm chart that say the same as our Install model. Pure.

Does not fetch or render the chart. Source: MetalLB v0.16.2 charts/metallb/values.yaml and
templates; frr-k8s chart 0.0.27 values.yaml.
"""

from collections.abc import Mapping
from typing import Any

from metallb.installation.monitoring import JOB_LABEL, NODE_RELABELING
from metallb.installation.names import MEMBERLIST_SECRET
from metallb.installation.objects import Manifest, affinity, resources, seccomp, tolerations
from metallb.installation.prometheus_rule import HELM_FRR_K8S, HELM_FULLNAME, rules
from metallb.releases import BgpMode
from metallb.stackfile.install import Install, Workload

__all__ = ["helm_values"]

_CHART_ALERTS = (
    "staleConfig",
    "configNotLoaded",
    "addressPoolExhausted",
    "addressPoolUsage",
    "bgpSessionDown",
)


def helm_values(install: Install) -> Manifest:
    """Values of the chart; the stack's own `helmValues` are merged over them, key by key."""
    values: Manifest = {
        # The names of the workloads must not hang on the release's name: alerts look for them.
        "fullnameOverride": HELM_FULLNAME,
        "controller": {
            **_workload(install, install.controller, "controller"),
            **_without_probes(install),
        },
        "speaker": {
            **_workload(install, install.speaker, "speaker"),
            "tolerateMaster": True,
            "ignoreExcludeLB": install.speaker.ignore_exclude_lb,
            "memberlist": {"enabled": True},
            "secretName": MEMBERLIST_SECRET,
            "frr": {"enabled": install.bgp_mode is BgpMode.FRR},
        },
        # The chart's own default is frr-k8s, so it is set in every mode.
        "frrk8s": {"enabled": install.bgp_mode is BgpMode.FRR_K8S},
        "prometheus": _prometheus(install),
        "networkpolicies": {
            "enabled": install.network_policy,
            "defaultDeny": install.network_policy,
        },
    }
    if install.load_balancer_class is not None:
        values["loadBalancerClass"] = install.load_balancer_class
    if install.image_pull_secrets:
        values["imagePullSecrets"] = _pull_secrets(install)
    if install.bgp_mode is BgpMode.FRR_K8S:
        values["frr-k8s"] = _frr_k8s(install)
    return _merged(values, install.helm_values)


def _workload(install: Install, workload: Workload, component: str) -> Manifest:
    values: Manifest = {
        "image": _image(install, workload, component),
        "logLevel": str(workload.log_level),
        **_placement(workload),
        **resources(workload.resources),
    }
    if profile := seccomp(install):
        values["securityContext"] = profile
    if workload.annotations:
        values["podAnnotations"] = dict(workload.annotations)
    return values


def _without_probes(install: Install) -> Manifest:
    """The chart of 0.16.0 has the kubelet probe its node for the controller's health, where only a
    speaker may answer: without a speaker on that node the controller would be killed for ever."""
    if not install.release.hides_health:
        return {}
    return {"livenessProbe": {"enabled": False}, "readinessProbe": {"enabled": False}}


def _placement(workload: Workload) -> Manifest:
    values: Manifest = {}
    if workload.node_selectors:
        values["nodeSelector"] = dict(workload.node_selectors)
    values |= affinity(workload)
    if workload.tolerations:
        values["tolerations"] = tolerations(workload.tolerations)
    if workload.priority_class_name is not None:
        values["priorityClassName"] = workload.priority_class_name
    return values


def _image(install: Install, workload: Workload, component: str) -> Manifest:
    """The chart takes an image in two parts and joins them by a colon, which fits digests too."""
    if workload.image is None:
        return {
            "repository": f"{install.image_registry}/{component}",
            "tag": install.release.tag,
        }
    repository, colon, tag = workload.image.rpartition(":")
    if not colon or "/" in tag:
        return {"repository": workload.image, "tag": "latest"}
    return {"repository": repository, "tag": tag}


def _pull_secrets(install: Install) -> list[Manifest]:
    return [{"name": name} for name in install.image_pull_secrets]


def _frr_k8s(install: Install) -> Manifest:
    """The daemon that keeps the sessions runs where the speakers do, or they would announce alone.

    Its containers' resources, log level and FRR image are its own: say them in `helmValues`.
    """
    values: Manifest = {
        "fullnameOverride": HELM_FRR_K8S,
        "frrk8s": {
            "image": {"repository": f"{install.image_registry}/frr-k8s"},
            "tolerateMaster": True,
            **_placement(install.speaker),
        },
    }
    if install.image_pull_secrets:
        values["imagePullSecrets"] = _pull_secrets(install)
    if install.monitoring.service_monitor:
        values["prometheus"] = {
            # The chart's rights for Prometheus cover the namespace already.
            "rbacPrometheus": False,
            "serviceMonitor": {
                **_service_monitor(),
                "additionalLabels": dict(install.monitoring.labels),
            },
        }
    return values


def _prometheus(install: Install) -> Manifest:
    wanted = install.monitoring
    values: Manifest = {
        "serviceMonitor": {"enabled": False},
        "prometheusRule": {"enabled": wanted.prometheus_rule},
    }
    if wanted.service_monitor:
        labels = {"additionalLabels": dict(wanted.labels)}
        values |= {
            "serviceAccount": wanted.prometheus.name,
            "namespace": wanted.prometheus.namespace,
            "rbacPrometheus": True,
            "serviceMonitor": {
                **_service_monitor(),
                "controller": labels,
                "speaker": labels,
            },
        }
    if wanted.prometheus_rule:
        # The chart's own alerts look for a session metric that frr-k8s does not have; ours do not.
        values["prometheusRule"] |= {
            "additionalLabels": dict(wanted.labels),
            **{alert: {"enabled": False} for alert in _CHART_ALERTS},
            "extraAlerts": list(rules(install)),
        }
    return values


def _service_monitor() -> Manifest:
    """Says no interval: the chart's schema takes a number alone, which the operator refuses."""
    return {
        "enabled": True,
        "jobLabel": JOB_LABEL,
        "relabelings": [NODE_RELABELING],
    }


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Manifest:
    result = dict(ours)
    for key, value in theirs.items():
        mine = result.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            result[key] = _merged(mine, value)
        else:
            result[key] = value
    return result
