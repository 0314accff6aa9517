"""PodSecurityPolicies for 0.12.1 on Kubernetes before 1.25, which took that API away."""

from metallb.installation.names import (
    CONTROLLER,
    MEMBERLIST_PORT,
    SPEAKER,
    metrics_port,
    reads_config_map,
)
from metallb.installation.objects import (
    Manifest,
    Manifests,
    cluster_role,
    cluster_role_binding,
    metadata,
    rule,
)
from metallb.stackfile.install import Install

__all__ = ["pod_security_policies"]

_VOLUMES = ["configMap", "secret", "emptyDir"]


def pod_security_policies(install: Install) -> Manifests:
    """Both policies, and the ClusterRoles that let the two accounts use them.

    Nothing for later releases. On 0.12.1 the caller decides, because only he knows the cluster's
    version. The `use` rules come with the policies, not with the workloads' own roles: where the
    policies are not made, there is nothing to use. Source: v0.12.1 manifests/metallb.yaml.
    """
    if not reads_config_map(install):
        return ()
    return (
        _policy(install, CONTROLLER, _controller()),
        _policy(install, SPEAKER, _speaker(install)),
        *_use(install, CONTROLLER),
        *_use(install, SPEAKER),
    )


def _policy(install: Install, component: str, spec: Manifest) -> Manifest:
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": metadata(install, component, component, namespaced=False),
        "spec": {
            "allowPrivilegeEscalation": False,
            "allowedHostPaths": [],
            "defaultAddCapabilities": [],
            "defaultAllowPrivilegeEscalation": False,
            "hostIPC": False,
            "hostPID": False,
            "readOnlyRootFilesystem": True,
            "requiredDropCapabilities": ["ALL"],
            "seLinux": {"rule": "RunAsAny"},
            "volumes": _VOLUMES,
            **spec,
        },
    }


def _controller() -> Manifest:
    ranges = {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]}
    return {
        "allowedCapabilities": [],
        "fsGroup": ranges,
        "hostNetwork": False,
        "privileged": False,
        "runAsUser": ranges,
        "supplementalGroups": ranges,
    }


def _speaker(install: Install) -> Manifest:
    ports = (metrics_port(install).number, MEMBERLIST_PORT)
    anything = {"rule": "RunAsAny"}
    return {
        "allowedCapabilities": ["NET_RAW"],
        "fsGroup": anything,
        "hostNetwork": True,
        "hostPorts": [{"min": port, "max": port} for port in ports],
        "privileged": True,
        "runAsUser": anything,
        "supplementalGroups": anything,
    }


def _use(install: Install, component: str) -> Manifests:
    name = f"{component}-pod-security-policy"
    use = rule("policy", "podsecuritypolicies", "use", names=[component])
    return (
        cluster_role(install, name, [use]),
        cluster_role_binding(install, name, (install.namespace, component)),
    )
