"""Mode frr-k8s: the speaker writes FRRConfigurations, and a daemon of frr-k8s brings FRR to them.

MetalLB's chart installs both; here they are objects of the lab's own, with what the daemon needs
and no more: no webhook, no cleaner of states. Its custom resources take everything, as their
schemas are frr-k8s' business; what the programs write there is real.
"""

from __future__ import annotations

from lab import foreign
from lab.api import Object
from lab.frr.mode import SHARED, speaking, start_beside_frr
from lab.frr.node import FrrNode
from lab.site import Lab

NAMESPACE = "metallb-system"
NAME = "frr-k8s"
DAEMON_PORT, METRICS_PORT = 9140, 9141
_GROUP = "frrk8s.metallb.io"
_VERSION = "v0.0.25"
"""What the speaker of MetalLB 0.16.1 was built with; images of both are of one release."""
_KINDS = {
    "FRRConfiguration": "frrconfigurations",
    "FRRK8sConfiguration": "frrk8sconfigurations",
    "BGPSessionState": "bgpsessionstates",
    "FRRNodeState": "frrnodestates",
}
_ALL = ["get", "list", "watch", "create", "update", "patch", "delete"]


def in_frr_k8s_mode(objects: list[Object]) -> list[Object]:
    """The same objects with workloads that leave the sessions to frr-k8s, and frr-k8s itself."""
    objects = speaking(objects, "frr-k8s")
    return [*objects, *_definitions(), *_rights(), _daemon_set()]


def start_daemon(
    lab: Lab, workload: Object, host: str, vrfs: dict[str, str] | None = None
) -> FrrNode:
    """frr-k8s on one node: FRR, the daemon that configures it, and what reports its sessions."""

    def program(container: str) -> str:
        return f"{NAME}-{container.removeprefix('frr-')}"

    return start_beside_frr(lab, workload, host, program, vrfs=vrfs)


def _definitions() -> list[Object]:
    return [
        foreign.definition(
            f"{_GROUP}/v1beta1",
            kind,
            scope="Cluster" if kind == "FRRNodeState" else "Namespaced",
            with_status=True,
        )
        for kind in _KINDS
    ]


def _rights() -> list[Object]:
    """The daemon's account and what it may do, and what the speaker may do with its objects."""
    own = [{"apiGroups": [_GROUP], "resources": ["*"], "verbs": _ALL}]
    reads = [
        {"apiGroups": [""], "resources": ["nodes", "pods", "secrets"], "verbs": _ALL[:3]},
        {
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["tokenreviews"],
            "verbs": ["create"],
        },
        {
            "apiGroups": ["authorization.k8s.io"],
            "resources": ["subjectaccessreviews"],
            "verbs": ["create"],
        },
    ]
    account: Object = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
    }
    return [
        account,
        *_granted(NAME, NAME, [*own, *reads]),
        *_granted(f"{NAME}-speaker", "speaker", own),
    ]


def _granted(name: str, account: str, rules: list[Object]) -> list[Object]:
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": rules,
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}],
        },
    ]


def _daemon_set() -> Object:
    labels = {"app.kubernetes.io/component": NAME}
    about = [f"--namespace={NAMESPACE}", "--node-name=$(NODE_NAME)", "--pod-name=$(POD_NAME)"]
    shared = {"name": "reloader", "mountPath": f"/{SHARED}"}
    daemon = {
        "name": NAME,
        "image": f"quay.io/metallb/{NAME}:{_VERSION}",
        "args": [*about[:2], "--log-level=info", f"--metrics-bind-address=0.0.0.0:{DAEMON_PORT}"],
        "ports": [{"name": "metricshttps", "containerPort": DAEMON_PORT}],
        "env": [
            {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "FRR_CONFIG_FILE", "value": f"/{SHARED}/frr.conf"},
            {"name": "FRR_RELOADER_PID_FILE", "value": f"/{SHARED}/reloader.pid"},
        ],
        "volumeMounts": [shared],
        "securityContext": {"runAsUser": 0},
    }
    image = "quay.io/frrouting/frr:10.4.3"
    metrics = [f"--metrics-port={METRICS_PORT}", "--metrics-bind-address=0.0.0.0"]
    status = [*about, "--poll-interval=5s"]
    spec = {
        "serviceAccountName": NAME,
        "hostNetwork": True,
        "containers": [
            daemon,
            {
                "name": "frr-metrics",
                "image": image,
                "args": metrics,
                "ports": [{"name": "frrmetricshttps", "containerPort": METRICS_PORT}],
            },
            {"name": "frr-status", "image": image, "args": status},
        ],
        "volumes": [{"name": "reloader", "emptyDir": {}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }
