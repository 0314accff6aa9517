"""What a person should know beside a status: what could not be looked at, and odd nodes. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from metallb.algebra.selectors import HOSTNAME_LABEL
from metallb.importing.collecting import written_by_speaker
from metallb.problems.errors import ConfigError
from metallb.releases import BgpMode, ConfigFormat
from metallb.routing import LabelSelector
from metallb.stackfile import StackConfig
from metallb.stackfile.yaml_documents import parse_yaml
from metallb.status.look import Look
from metallb.status.model import SessionState
from metallb.status.pods import is_waiting, node_of, node_trouble

__all__ = ["notes_of"]

_WITHOUT = {
    "BGPPeer": "the expected sessions are those of the stack file",
    "BGPSessionState": "frr-k8s' sessions are unknown",
    "ConfigMap": "whether an older release's configuration was left behind is not known",
    "EndpointSlice": "whether a Service that no speaker announces could be reached is not known",
    "ServiceL2Status": "which nodes answer for a Service in layer 2 is not shown",
    "ServiceBGPStatus": "which nodes announce a Service is not shown",
    "ConfigurationState": "the configuration is judged by the metrics alone",
    "Event": "why a Service waits is not known",
    "IPAddressPool": "pools are not shown",
    "Service": "Services that wait, and pools without counters of their own, are not shown",
}
"""What a status is like without a list."""
_PLURALS = {
    "Community": "Communities",
    "ServiceBGPStatus": "ServiceBGPStatuses",
    "ServiceL2Status": "ServiceL2Statuses",
}
_WITHOUT_0_12 = "the expected sessions are those of the stack file, and pools are not shown"


def notes_of(look: Look, stack: StackConfig, sessions: tuple[SessionState, ...]) -> Iterator[str]:
    """The notes of a look."""
    for kind, answer in look.refused.items():
        kinds = _PLURALS.get(kind, f"{kind}s")
        what = _WITHOUT.get(kind, "their drift is not known")
        if kind == "ConfigMap" and stack.install.release.format is ConfigFormat.CONFIGMAP:
            what = _WITHOUT_0_12
        yield f"{kinds} can't be listed ({answer}): {what}"
    unknown = any(session.up is None for session in sessions)
    if unknown and not look.without_token and _unreadable(look):
        yield (
            "Sessions are unknown where a speaker's metrics can't be read. MetalLB 0.16 shows "
            "them to a token that may get /metrics, and checks it only where it is allowed to: "
            "metallb:install.monitoring.serviceMonitor makes that RBAC."
        )
    yield from _strict_arp(look)
    yield from _frr_configurations(look, stack.install.namespace)
    for node in look.nodes:
        labels = node["metadata"].get("labels") or {}
        name = node["metadata"]["name"]
        if "node.kubernetes.io/exclude-from-external-load-balancers" in labels:
            yield f"{name} is labelled exclude-from-external-load-balancers: it announces nothing"
        host = labels.get(HOSTNAME_LABEL, name)
        if host != name and stack.install.bgp_mode is BgpMode.FRR_K8S:
            # internal/bgp/frrk8s/frrk8s.go selects the node by this label, with its name as value.
            yield (
                f"{name} has the label {HOSTNAME_LABEL}: {host}: in mode frr-k8s MetalLB looks for "
                "the node's name there, so nothing is configured on it"
            )
        for condition in (node.get("status") or {}).get("conditions") or []:
            if condition.get("type") == "NetworkUnavailable" and condition.get("status") == "True":
                yield f"{name} says NetworkUnavailable: it announces nothing"


def _strict_arp(look: Look) -> Iterator[str]:
    """Whether kube-proxy leaves ARP to MetalLB, where layer 2 announces a pool."""
    if look.kube_proxy_refused:
        yield (
            f"kube-proxy's configuration can't be read ({look.kube_proxy_refused}): in IPVS mode "
            "layer 2 needs its strictARP"
        )
    if look.kube_proxy is None:
        return
    try:
        configuration = parse_yaml(look.kube_proxy, where="kube-proxy")
    except ConfigError:
        return
    ipvs = configuration.get("ipvs") if isinstance(configuration, Mapping) else None
    strict = isinstance(ipvs, Mapping) and ipvs.get("strictARP") is True
    if isinstance(configuration, Mapping) and configuration.get("mode") == "ipvs" and not strict:
        yield (
            "kube-proxy runs in IPVS mode without strictARP: every node answers by ARP for the "
            "addresses of layer 2; set `strictARP: true` in ConfigMap kube-system/kube-proxy, and "
            "restart kube-proxy"
        )


def _frr_configurations(look: Look, namespace: str) -> Iterator[str]:
    """What configures FRR beside MetalLB. Nothing here writes or removes such an object."""
    if look.frr_configurations_refused:
        yield (
            f"FRRConfigurations can't be listed ({look.frr_configurations_refused}): what "
            "configures FRR beside MetalLB is not shown"
        )
    for each in look.frr_configurations:
        metadata, spec = each["metadata"], each.get("spec") or {}
        place = str(metadata.get("namespace"))
        if place == namespace and written_by_speaker(str(metadata["name"]), spec):
            continue
        raw = (spec.get("raw") or {}).get("rawConfig")
        what = "has raw FRR configuration" if raw else "configures FRR"
        nodes = _nodes_of(spec.get("nodeSelector") or {})
        yield f"FRRConfiguration {place}/{metadata['name']} {what} beside MetalLB's on {nodes}"


def _nodes_of(selector: Mapping[str, Any]) -> str:
    """The nodes of a label selector, in words."""
    try:
        chosen = LabelSelector.model_validate(selector)
    except ValidationError:
        return "nodes that can't be read from its selector"
    if not selector:
        return "every node"
    return ", ".join(chosen.hosts or ()) or f"nodes with {chosen.words()}"


def _unreadable(look: Look) -> bool:
    """Whether there are metrics that a user with more rights could read."""
    return any(
        pod["metadata"]["name"] in look.unreadable
        and not is_waiting(pod)
        and not node_trouble(look.node(node_of(pod)))
        for pod in look.speakers().values()
    )
