"""The speakers: one a node, each keeps the BGP sessions of its node."""

from metallb.installation import speaker_rbac
from metallb.installation.names import (
    CONFIG_MAP,
    EXCLUDE_L2_CONFIG_MAP,
    INTERFACES_LEFT_OUT,
    MEMBERLIST_CONFIG_MAP,
    MEMBERLIST_KEY,
    MEMBERLIST_PORT,
    MEMBERLIST_SECRET,
    SPEAKER,
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
from metallb.stackfile.install import Install, Toleration

__all__ = ["speaker"]

_SECRET_FOLDER = "/etc/ml_secret_key"  # noqa: S105 - a folder
_CONTROL_PLANE = ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane")


def speaker(install: Install) -> Manifests:
    """ServiceAccount, RBAC, DaemonSet, and from 0.16 the list of interfaces left out in layer 2.

    Makes no FRR container: the FRR modes come from MetalLB's chart. Sources: MetalLB v0.12.1
    manifests/metallb.yaml, v0.16.2 config/controllers/speaker.yaml.
    """
    objects = [service_account(install, SPEAKER), *speaker_rbac.build(install)]
    if not reads_config_map(install):
        objects.append(_excluded_interfaces(install))
    return (*objects, _daemon_set(install))


def _excluded_interfaces(install: Install) -> Manifest:
    quoted = "".join(f'  - "{pattern}"\n' for pattern in INTERFACES_LEFT_OUT)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(install, EXCLUDE_L2_CONFIG_MAP, SPEAKER),
        "data": {"excludel2.yaml": f"announcedInterfacesToExclude:\n{quoted}"},
    }


def _daemon_set(install: Install) -> Manifest:
    labels = pod_labels(SPEAKER)
    pod: Manifest = {
        "serviceAccountName": SPEAKER,
        "terminationGracePeriodSeconds": 2,
        "hostNetwork": True,
        "nodeSelector": node_selector(install.speaker),
        "tolerations": tolerations((*_own_tolerations(), *install.speaker.tolerations)),
        "containers": [_container(install)],
        **pod_options(install, install.speaker),
    }
    if profile := seccomp(install):
        pod["securityContext"] = profile
    if not reads_config_map(install):
        pod["volumes"] = _volumes()
    template: Manifest = {"metadata": {"labels": labels}, "spec": pod}
    if annotations := pod_annotations(install, install.speaker):
        template["metadata"]["annotations"] = annotations
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": metadata(install, SPEAKER, SPEAKER),
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def _own_tolerations() -> tuple[Toleration, ...]:
    """MetalLB's own; 0.12.1 gets the newer taint too, or its speakers would leave newer nodes."""
    return tuple(
        Toleration(key=key, operator="Exists", effect="NoSchedule") for key in _CONTROL_PLANE
    )


def _container(install: Install) -> Manifest:
    metrics = metrics_port(install)
    container: Manifest = {
        "name": SPEAKER,
        "image": image(install, install.speaker, SPEAKER),
        "args": _arguments(install),
        "env": _environment(install),
        "ports": [
            {"name": metrics.name, "containerPort": metrics.number},
            {"name": "memberlist-tcp", "containerPort": MEMBERLIST_PORT, "protocol": "TCP"},
            {"name": "memberlist-udp", "containerPort": MEMBERLIST_PORT, "protocol": "UDP"},
        ],
        **probes(install, host_network=True),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]},
        },
        **resources(install.speaker.resources),
    }
    if not reads_config_map(install):
        container["volumeMounts"] = [
            {"name": "memberlist", "mountPath": _SECRET_FOLDER, "readOnly": True},
            {"name": "excludel2", "mountPath": "/etc/metallb", "readOnly": True},
            {
                "name": "memberlist-config",
                "mountPath": "/etc/metallb/memberlist",
                "readOnly": True,
            },
        ]
    return container


def _arguments(install: Install) -> list[str]:
    arguments = [f"--port={metrics_port(install).number}"]
    if reads_config_map(install):
        # 0.12.1 knows no flag for excluded nodes: it never looks at that label.
        return [*arguments, f"--config={CONFIG_MAP}", f"--log-level={install.speaker.log_level}"]
    arguments.append(f"--log-level={install.speaker.log_level}")
    if install.load_balancer_class is not None:
        arguments.append(f"--lb-class={install.load_balancer_class}")
    if install.speaker.ignore_exclude_lb:
        arguments.append("--ignore-exclude-lb")
    return arguments


def _environment(install: Install) -> list[Manifest]:
    environment = [
        _field("METALLB_NODE_NAME", "spec.nodeName"),
        _field("METALLB_HOST", "status.hostIP"),
        _field("METALLB_ML_BIND_ADDR", "status.podIP"),
        {
            "name": "METALLB_ML_LABELS",
            "value": ",".join(f"{key}={value}" for key, value in pod_labels(SPEAKER).items()),
        },
    ]
    if reads_config_map(install):
        key = {"name": MEMBERLIST_SECRET, "key": MEMBERLIST_KEY}
        return [
            *environment,
            {"name": "METALLB_ML_SECRET_KEY", "valueFrom": {"secretKeyRef": key}},
        ]
    return [
        *environment,
        _field("METALLB_POD_NAME", "metadata.name"),
        {"name": "METALLB_ML_SECRET_KEY_PATH", "value": _SECRET_FOLDER},
    ]


def _field(name: str, path: str) -> Manifest:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _volumes() -> list[Manifest]:
    # The memberlist Secret is not optional: a speaker waits until the controller has made it.
    return [
        {"name": "memberlist", "secret": {"secretName": MEMBERLIST_SECRET, "defaultMode": 0o644}},
        {
            "name": "excludel2",
            "configMap": {"name": EXCLUDE_L2_CONFIG_MAP, "defaultMode": 0o444},
        },
        {
            "name": "memberlist-config",
            "configMap": {"name": MEMBERLIST_CONFIG_MAP, "optional": True},
        },
    ]
