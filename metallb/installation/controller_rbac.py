"""What the controller may do. Every rule says which call needs it; there is none without a call.

Reads go through watching caches (controller-runtime), so `get` is only where MetalLB reads from the
API server directly. Sources: MetalLB v0.12.1 and v0.16.2 internal/k8s, controller/service.go;
open-policy-agent/cert-controller pkg/rotator.
"""

from metallb.installation.names import (
    CONTROLLER,
    MEMBERLIST_SECRET,
    WEBHOOK_CONFIGURATION,
    WEBHOOK_SECRET,
    reads_config_map,
)
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


def build(install: Install) -> Manifests:
    """Role and ClusterRole of the controller, bound to its account alone."""
    account = (install.namespace, CONTROLLER)
    in_namespace, in_cluster = (
        (_legacy_namespace_rules(), _legacy_cluster_rules())
        if reads_config_map(install)
        else (_namespace_rules(), _cluster_rules())
    )
    return (
        role(install, CONTROLLER, in_namespace),
        role_binding(install, CONTROLLER, account),
        cluster_role(install, CONTROLLER, in_cluster),
        cluster_role_binding(install, CONTROLLER, account),
    )


def _shared_cluster_rules() -> list[Rule]:
    return [
        # Writes the address into the Service's status, and an event about it.
        rule("", "services/status", "update"),
        rule("", "events", "create patch"),
    ]


def _memberlist_rules() -> list[Rule]:
    return [
        # Makes the memberlist Secret, owned by its own Deployment. A name can't limit `create`.
        rule("", "secrets", "create"),
        rule("apps", "deployments", "get", names=[CONTROLLER]),
    ]


def _legacy_namespace_rules() -> list[Rule]:
    return [
        config_map_rule(),
        *_memberlist_rules(),
        # Looks whether it has to.
        rule("", "secrets", "list", names=[MEMBERLIST_SECRET]),
    ]


def _legacy_cluster_rules() -> list[Rule]:
    return [rule("", "services", "list watch"), *_shared_cluster_rules()]


def _namespace_rules() -> list[Rule]:
    return [
        *_memberlist_rules(),
        # Whether the memberlist Secret exists; and the certificate rotator's cache, which watches
        # all Secrets of the namespace.
        rule("", "secrets", "list watch"),
        # The rotator writes the certificate.
        rule("", "secrets", "update", names=[WEBHOOK_SECRET]),
        # Its own pod, to own the ConfigurationState.
        rule("", "pods", "get"),
        # Pools, and the names that advertisements use.
        rule(GROUP, "ipaddresspools communities", "list watch"),
        rule(GROUP, "ipaddresspools/status", "update"),
        # The webhooks look at the other objects of the kind, and at peers when a BFD profile goes.
        rule(GROUP, "bgppeers bgpadvertisements l2advertisements", "list"),
        # What it thinks of its configuration.
        rule(GROUP, "configurationstates", "create patch"),
        rule(GROUP, "configurationstates/status", "patch"),
    ]


def _cluster_rules() -> list[Rule]:
    return [
        # Services ask for addresses; pools choose Services by the labels of their namespace.
        rule("", "services namespaces", "list watch"),
        *_shared_cluster_rules(),
        # The webhooks of peers and advertisements match node selectors.
        rule("", "nodes", "list"),
        # Its cache of these is not bound to a namespace.
        rule(GROUP, "configurationstates", "list watch"),
        # The rotator fills in the CA bundle. Its caches watch all objects of the two kinds.
        rule("admissionregistration.k8s.io", "validatingwebhookconfigurations", "list watch"),
        rule(
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            "update",
            names=[WEBHOOK_CONFIGURATION],
        ),
        rule("apiextensions.k8s.io", "customresourcedefinitions", "list watch"),
        rule(
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            "update",
            names=[f"bgppeers.{GROUP}"],
        ),
    ]
