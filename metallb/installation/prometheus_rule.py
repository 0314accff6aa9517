"""Alerts for what MetalLB itself says about its work, and for the absence of MetalLB.

Metric names are MetalLB's (internal/k8s/controllers/stats.go, internal/allocator/stats.go,
internal/bgp/native) and frr-k8s', pod counts are kube-state-metrics'.
"""

from collections.abc import Mapping

from metallb.installation.names import CONTROLLER, SPEAKER
from metallb.installation.objects import Manifest, metadata
from metallb.releases import BgpMode, Release
from metallb.stackfile.install import Install, Source

__all__ = [
    "HELM_FRR_K8S",
    "HELM_FULLNAME",
    "RULE_NAME",
    "build",
    "counts_families",
    "frr_k8s_daemon",
    "frr_k8s_webhook",
    "of_pools",
    "rules",
    "session_metric",
    "workload_name",
]

RULE_NAME = "metallb"
HELM_FULLNAME = "metallb"
"""What the chart puts in front of the names of its workloads; `helm` says it to the chart."""
HELM_FRR_K8S = "metallb-frr-k8s"
"""What frr-k8s' chart would call its DaemonSet in our release; `helm` says it all the same."""
_OVERRIDE = "fullnameOverride"
_BY_FAMILY = Release(0, 14, 2)
"""The first release that counts each address family by itself."""
_STATUS_CLEANER = Release(0, 15, 3)
"""The first release whose frr-k8s (0.0.21) has its webhook in the status cleaner's Deployment."""
_FAMILY = "{{ with $labels.family }} ({{ . }}){{ end }}"
_THRESHOLDS = ((75, "warning"), (85, "warning"), (95, "critical"))


def build(install: Install) -> Manifest:
    """The PrometheusRule with all alerts."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata(install, RULE_NAME, labels=install.monitoring.labels),
        "spec": {"groups": [{"name": "metallb.rules", "rules": list(rules(install))}]},
    }


def session_metric(install: Install) -> str:
    """1 while a BGP session is up. frr-k8s keeps the sessions itself, and so names the series."""
    if install.bgp_mode is BgpMode.FRR_K8S:
        return "frrk8s_bgp_session_up"
    return "metallb_bgp_session_up"


def workload_name(install: Install, component: str) -> str:
    """Name of the Deployment or DaemonSet that really runs."""
    if install.source is not Source.HELM:
        return component
    return f"{install.helm_values.get(_OVERRIDE, HELM_FULLNAME)}-{component}"


def frr_k8s_daemon(install: Install) -> str:
    """Name of the DaemonSet that keeps the sessions in frr-k8s mode (source helm).

    The chart hands `frr-k8s` on to the chart of frr-k8s, which names its DaemonSet by the override
    alone (templates/_helpers.tpl, frrk8s.fullname).
    """
    own = install.helm_values.get("frr-k8s")
    override = own.get(_OVERRIDE) if isinstance(own, Mapping) else None
    return str(override or HELM_FRR_K8S)


def frr_k8s_webhook(install: Install) -> str:
    """Name of the Deployment that judges every change of what frr-k8s is to do (source helm)."""
    part = "statuscleaner" if install.release >= _STATUS_CLEANER else "webhook-server"
    return f"{frr_k8s_daemon(install)}-{part}"


def rules(install: Install) -> tuple[Manifest, ...]:
    """The alerts by themselves; the chart takes them too."""
    here = f'{{namespace="{install.namespace}"}}'
    session = session_metric(install)
    return (
        _alert(
            "MetalLBStaleConfig",
            f"metallb_k8s_client_config_stale_bool{here} == 1",
            "warning",
            "{{ $labels.pod }} works with an old configuration",
            "MetalLB refused the newest configuration and goes on with the one before. "
            "The pod's log, or from 0.16 its ConfigurationState, says why. A change that was "
            "refused and then taken back leaves this on until the next change or restart.",
        ),
        _alert(
            "MetalLBConfigNotLoaded",
            f"metallb_k8s_client_config_loaded_bool{here} == 0",
            "warning",
            "{{ $labels.pod }} has no configuration",
            "MetalLB has not accepted any configuration since it started, so this pod "
            "announces or assigns nothing.",
        ),
        _alert(
            "MetalLBAddressPoolExhausted",
            of_pools(install, "{used} >= {whole}"),
            "critical",
            f"Address pool {{{{ $labels.pool }}}} is used up{_FAMILY}",
            "The next Service that wants such an address of this pool stays pending.",
        ),
        *(
            _alert(
                f"MetalLBAddressPoolUsage{percent}Percent",
                of_pools(install, f"100 * {{used}} / {{whole}} > {percent}"),
                severity,
                f"Address pool {{{{ $labels.pool }}}} is more than {percent}% used{_FAMILY}",
                "{{ $value | humanize }}% of its addresses belong to Services.",
                wait="5m",
            )
            for percent, severity in _THRESHOLDS
        ),
        _alert(
            "MetalLBBGPSessionDown",
            f"{session}{here} == 0",
            "critical",
            "BGP session with {{ $labels.peer }} is down",
            "{{ $labels.pod }}{{ with $labels.node }} on node {{ . }}{{ end }} announces "
            "nothing to this peer.",
        ),
        *_availability(install),
    )


def counts_families(install: Install) -> bool:
    """Whether MetalLB counts a pool's addresses of each family by themselves."""
    return install.release >= _BY_FAMILY


def of_pools(install: Install, formula: str) -> str:
    """A formula for every pool; where MetalLB counts them, for each of its address families.

    :param formula: with `{used}` and `{whole}` for the numbers of addresses.

    A family that a pool does not have counts 0 addresses, and a sum with an IPv6 block in it may
    run over into a negative one (internal/allocator/allocator.go, poolCount).
    """
    here = f'{{namespace="{install.namespace}"}}'

    def filled(family: str) -> str:
        used = f"sum by (pool) (metallb_allocator_{family}addresses_in_use_total{here})"
        whole = f"(sum by (pool) (metallb_allocator_{family}addresses_total{here}) > 0)"
        return formula.format(used=used, whole=whole)

    if not counts_families(install):
        return filled("")
    return " or ".join(
        f'label_replace({filled(f"{family.lower()}_")}, "family", "{family}", "", "")'
        for family in ("IPv4", "IPv6")
    )


def _availability(install: Install) -> tuple[Manifest, ...]:
    controller = _selector(install, "deployment", workload_name(install, CONTROLLER))
    speaker = _selector(install, "daemonset", workload_name(install, SPEAKER))
    return (
        _alert(
            "MetalLBControllerUnavailable",
            f"kube_deployment_status_replicas_unavailable{controller} > 0",
            "critical",
            "MetalLB's controller does not run",
            "Services get no address, and from 0.13 no change of MetalLB's configuration is "
            "accepted: its webhooks do not answer.",
            wait="5m",
        ),
        _alert(
            "MetalLBSpeakerUnavailable",
            f"kube_daemonset_status_number_unavailable{speaker} > 0",
            "critical",
            "{{ $value }} of MetalLB's speakers do not run",
            "Their nodes announce nothing.",
            wait="5m",
        ),
        _alert(
            "MetalLBNoSpeaker",
            f"kube_daemonset_status_desired_number_scheduled{speaker} == 0",
            "critical",
            "No node runs a speaker",
            "The speakers' node selectors match no node, so no address is announced anywhere.",
            wait="5m",
        ),
        *_sessions_keeper(install),
    )


def _sessions_keeper(install: Install) -> tuple[Manifest, ...]:
    """A daemon of frr-k8s that is gone takes its session series along, and its speaker stays up."""
    if install.source is not Source.HELM or install.bgp_mode is not BgpMode.FRR_K8S:
        return ()
    daemon = _selector(install, "daemonset", frr_k8s_daemon(install))
    speaker = _selector(install, "daemonset", workload_name(install, SPEAKER))
    webhook = _selector(install, "deployment", frr_k8s_webhook(install))
    scheduled = "kube_daemonset_status_desired_number_scheduled"
    return (
        _alert(
            "MetalLBFRRK8sUnavailable",
            f"kube_daemonset_status_number_unavailable{daemon} > 0",
            "critical",
            "{{ $value }} of frr-k8s' daemons do not run",
            "Their nodes have no BGP session and announce nothing, whatever their speakers do.",
            wait="5m",
        ),
        _alert(
            "MetalLBFRRK8sMissing",
            # Sums have no labels, so they compare; a DaemonSet that is not there has no series.
            f"sum({scheduled}{speaker}) > (sum({scheduled}{daemon}) or vector(0))",
            "critical",
            "Fewer nodes run frr-k8s' daemon than run a speaker",
            "A speaker without the daemon on its node announces nothing: compare the node "
            "selectors and tolerations of both DaemonSets.",
            wait="5m",
        ),
        _alert(
            "MetalLBFRRK8sWebhookUnavailable",
            f"kube_deployment_status_replicas_unavailable{webhook} > 0",
            "critical",
            "frr-k8s' webhook does not run",
            # failurePolicy Fail, and each address that comes or goes is such a change.
            "Speakers can't hand on what they want announced: sessions and routes stay as they "
            "are, and what changes from now on reaches no router.",
            wait="5m",
        ),
    )


def _selector(install: Install, kind: str, name: str) -> str:
    return f'{{namespace="{install.namespace}",{kind}="{name}"}}'


def _alert(
    name: str, expression: str, severity: str, summary: str, description: str, *, wait: str = "1m"
) -> Manifest:
    return {
        "alert": name,
        "expr": expression,
        "for": wait,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }
