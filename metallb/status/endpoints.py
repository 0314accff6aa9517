"""Where a pod shows its metrics, as its own template says.

Three layouts are about (MetalLB charts/metallb/templates/speaker.yaml and config/manifests):
0.12 listens in plain HTTP; 0.13 to 0.15 do the same behind a kube-rbac-proxy where metrics are
secured; from 0.16 on MetalLB serves HTTPS itself. In FRR mode a container of its own, frr-metrics,
reports the sessions. Reads nothing itself.
"""

from dataclasses import dataclass
from typing import Any

from metallb.status.cluster import Object

__all__ = ["Endpoint", "endpoints"]

_PLAIN, _PLAIN_FRR = 7472, 7473
_ARGUMENTS = ("--port=", "--metrics-port=")
_SECURE_PORTS = ("metricshttps", "frrmetricshttps")
_FRR_CONTAINERS = ("frr-metrics", "kube-rbac-proxy-frr")
_SECURE_BY_NUMBER = (9120, 9121)
"""From 0.16 on these are served with TLS, whatever the port is called."""


@dataclass(frozen=True)
class Endpoint:
    """A port of a pod, and whether it speaks TLS."""

    port: int
    secure: bool


def endpoints(pod: Object) -> tuple[Endpoint, ...]:
    """The endpoints that have to be read to know all that a pod reports; at least one."""
    containers = (pod.get("spec") or {}).get("containers") or []
    frr = [each for each in containers if each.get("name") in _FRR_CONTAINERS]
    own = [each for each in containers if each not in frr]
    found = [_endpoint(own, _PLAIN)]
    return tuple(found + ([_endpoint(frr, _PLAIN_FRR)] if frr else []))


def _endpoint(containers: list[Any], default: int) -> Endpoint:
    """The one of a program and the proxy before it, where there is one: the proxy's port is open
    to us, and the program's is not."""
    port = default
    for container in containers:
        for argument in map(str, container.get("args") or []):
            if argument.startswith(_ARGUMENTS):
                port = int(argument.partition("=")[2])
    named = [
        int(item["containerPort"])
        for container in containers
        for item in container.get("ports") or []
        if item.get("name") in _SECURE_PORTS
    ]
    if named:
        return Endpoint(named[0], secure=True)
    return Endpoint(port, secure=port in _SECURE_BY_NUMBER)
