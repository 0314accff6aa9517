"""The controller: gives addresses to Services, and from 0.13 answers the webhooks."""

from metallb.installation import controller_rbac
from metallb.installation.names import (
    CONFIG_MAP,
    CONTROLLER,
    MEMBERLIST_SECRET,
    WEBHOOK_PORT,
    WEBHOOK_PORT_NAME,
    WEBHOOK_SECRET,
    metrics_port,
    reads_config_map,
)
from metallb.installation.objects import (
    Manifest,
    Manifests,
    image,
    metadata,
    node_selector,
    pod_annotations,
    pod_labels,
    pod_options,
    probes,
    resources,
    seccomp,
    service_account,
    tolerations,
)
from metallb.stackfile.install import Install

__all__ = ["controller"]

_UID = 65534
_CERT_FOLDER = "/tmp/k8s-webhook-server/serving-certs"  # noqa: S108 - default of --cert-dir


def controller(install: Install) -> Manifests:
    """ServiceAccount, RBAC and Deployment.

    Makes neither the memberlist Secret (the controller does, or `memberlist`) nor what its webhooks
    need (`webhooks`). Sources: MetalLB v0.12.1 manifests/metallb.yaml, v0.16.2
    config/controllers/controller.yaml.
    """
    return (
        service_account(install, CONTROLLER),
        *controller_rbac.build(install),
        _deployment(install),
    )


def _deployment(install: Install) -> Manifest:
    labels = pod_labels(CONTROLLER)
    pod: Manifest = {
        "serviceAccountName": CONTROLLER,
        "terminationGracePeriodSeconds": 0,
        "nodeSelector": node_selector(install.controller),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _UID,
            "fsGroup": _UID,
            **seccomp(install),
        },
        "containers": [_container(install)],
        **pod_options(install, install.controller),
    }
    if install.controller.tolerations:
        pod["tolerations"] = tolerations(install.controller.tolerations)
    if not reads_config_map(install):
        pod["volumes"] = [
            {"name": "cert", "secret": {"secretName": WEBHOOK_SECRET, "defaultMode": 0o644}}
        ]
    template: Manifest = {"metadata": {"labels": labels}, "spec": pod}
    if annotations := pod_annotations(install, install.controller):
        template["metadata"]["annotations"] = annotations
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(install, CONTROLLER, CONTROLLER),
        "spec": {
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": labels},
            "template": template,
        },
    }


def _container(install: Install) -> Manifest:
    metrics = metrics_port(install)
    ports: list[Manifest] = [{"name": metrics.name, "containerPort": metrics.number}]
    container: Manifest = {
        "name": CONTROLLER,
        "image": image(install, install.controller, CONTROLLER),
        "args": _arguments(install),
        "env": _environment(install),
        "ports": ports,
        **probes(install, host_network=False),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **resources(install.controller.resources),
    }
    if not reads_config_map(install):
        ports.append({"name": WEBHOOK_PORT_NAME, "containerPort": WEBHOOK_PORT})
        container["volumeMounts"] = [{"name": "cert", "mountPath": _CERT_FOLDER, "readOnly": True}]
        container["startupProbe"] = _webhook_listens()
    return container


def _webhook_listens() -> Manifest:
    """Keeps the pod from being ready before its webhook listens.

    /readyz answers once the process runs (internal/k8s/k8s.go), and the webhook listens when its
    certificate is mounted, up to two minutes later; who waits for this Deployment, or is sent here
    by the webhook's Service, needs the webhook. At startup alone: to the webhook, a connection that
    is closed without a word is an error to log. Liveness waits as well, ten minutes at most.
    """
    return {
        "tcpSocket": {"port": WEBHOOK_PORT_NAME},
        "periodSeconds": 2,
        "timeoutSeconds": 1,
        "failureThreshold": 300,
    }


def _arguments(install: Install) -> list[str]:
    arguments = [f"--port={metrics_port(install).number}"]
    if reads_config_map(install):
        arguments.append(f"--config={CONFIG_MAP}")
    arguments.append(f"--log-level={install.controller.log_level}")
    if install.load_balancer_class is not None:
        arguments.append(f"--lb-class={install.load_balancer_class}")
    return arguments


def _environment(install: Install) -> list[Manifest]:
    environment: list[Manifest] = [
        {"name": "METALLB_ML_SECRET_NAME", "value": MEMBERLIST_SECRET},
        {"name": "METALLB_DEPLOYMENT", "value": CONTROLLER},
    ]
    if not reads_config_map(install):
        environment.append(
            {
                "name": "METALLB_POD_NAME",
                "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}},
            }
        )
    return environment
