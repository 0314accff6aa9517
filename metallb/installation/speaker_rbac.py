"""What the speakers may do. Every rule says which call needs it; there is none without a call.

Sources: MetalLB v0.12.1 and v0.16.2 internal/k8s, speaker/main.go.
"""

from metallb.installation.names import SPEAKER, reads_config_map
from metallb.installation.objects import (
    Manifests,
    Rule,
    cluster_role,
    cluster_role_binding,
    config_map_rule,
    role,
    role_binding,
    rule,
)
from metallb.routing.crds import GROUP
from metallb.stackfile.install import Install

__all__ = ["build"]

_POD_LISTER = "pod-lister"
_CONFIG_WATCHER = "config-watcher"
_CONFIGURATION = (
    "bfdprofiles bgpadvertisements bgppeers communities ipaddresspools l2advertisements"
)


def build(install: Install) -> Manifests:
    """Role(s) and ClusterRole of the speakers, bound to their account alone."""
    account = (install.namespace, SPEAKER)
    if reads_config_map(install):
        return (
            role(install, _CONFIG_WATCHER, [config_map_rule()]),
            role_binding(install, _CONFIG_WATCHER, account),
            role(install, _POD_LISTER, [rule("", "pods", "list")]),
            role_binding(install, _POD_LISTER, account),
            cluster_role(install, SPEAKER, _legacy_cluster_rules()),
            cluster_role_binding(install, SPEAKER, account),
        )
    return (
        role(install, _POD_LISTER, _namespace_rules()),
        role_binding(install, _POD_LISTER, account),
        cluster_role(install, SPEAKER, _cluster_rules()),
        cluster_role_binding(install, SPEAKER, account),
    )


def _legacy_cluster_rules() -> list[Rule]:
    return [
        # What to announce, where it runs, and from which nodes; its own node's labels.
        rule("", "services endpoints nodes", "list watch"),
        # `get` finds out whether the cluster has EndpointSlices at all.
        rule("discovery.k8s.io", "endpointslices", "get list watch"),
        rule("", "events", "create patch"),
    ]


def _namespace_rules() -> list[Rule]:
    return [
        # `list` finds the other speakers, `get` its own pod, which owns the objects below.
        rule("", "pods", "get list"),
        # Passwords of peers, and the ConfigMap with extra FRR lines. Caches, so all of them.
        rule("", "secrets configmaps", "list watch"),
        rule(GROUP, _CONFIGURATION, "list watch"),
        # What it announces, and what it thinks of its configuration.
        rule(GROUP, "servicebgpstatuses", "list watch create patch delete"),
        rule(GROUP, "servicel2statuses", "create patch delete"),
        rule(GROUP, "configurationstates", "create patch"),
        rule(
            GROUP,
            "servicebgpstatuses/status servicel2statuses/status configurationstates/status",
            "patch",
        ),
    ]


def _cluster_rules() -> list[Rule]:
    return [
        # What to announce, and the labels by which nodes and namespaces are chosen.
        rule("", "services nodes namespaces", "list watch"),
        # Where it runs.
        rule("discovery.k8s.io", "endpointslices", "list watch"),
        rule("", "events", "create patch"),
        # Its caches of these are not bound to a namespace.
        rule(GROUP, "servicel2statuses configurationstates", "list watch"),
    ]
