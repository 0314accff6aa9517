"""The bare program of benchmarks/engine.py: the same resources, written down, without components.

Runs as `__main__.py` of a Pulumi project beside a `resources.json`. It registers them through the
classes of the provider packages, as any program does, looks each node up, as any program has to
that writes its gateway, and checks nothing.
"""

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
import pulumi_equinix_metal as metal
import pulumi_kubernetes as k8s

GET_DEVICE = "equinix-metal:index/getDevice:getDevice"
VERSION = pulumi.InvokeOptions(version=version("pulumi-equinix-metal"))
RECORDED = json.loads(Path("resources.json").read_text(encoding="utf-8"))
METAL_NAMES = {
    "projectId": "project_id",
    "deviceId": "device_id",
    "addressFamily": "address_family",
    "defaultRoute": "default_route",
}
K8S_NAMES = {"roleRef": "role_ref", "stringData": "string_data"}
API_GROUPS = {"core/v1": "core.v1", "rbac.authorization.k8s.io/v1": "rbac.v1"}


def register(token: str, name: str, inputs: dict[str, Any]) -> None:
    """One resource through its class."""
    package, module, kind = token.split(":")
    if package == "equinix-metal":
        getattr(metal, kind)(name, **{METAL_NAMES.get(key, key): inputs[key] for key in inputs})
        return
    if module.startswith("metallb.io/"):
        k8s.apiextensions.CustomResource(
            name,
            api_version=inputs["apiVersion"],
            kind=kind,
            metadata=inputs["metadata"],
            spec=inputs["spec"],
        )
        return
    group = API_GROUPS.get(module) or module.replace(".k8s.io", "").replace("/", ".")
    fields = {
        K8S_NAMES.get(key, key): value
        for key, value in inputs.items()
        if key not in ("apiVersion", "kind")
    }
    getattr(import_module(f"pulumi_kubernetes.{group}"), kind)(name, **fields)


# Not `get_device_output`: it waits for its answer inside the event loop, one call in another, and a
# few hundred nodes end in a RecursionError.
devices = {
    host: pulumi.runtime.invoke_output(
        GET_DEVICE, {"hostname": host, "projectId": RECORDED["project"]}, VERSION
    )
    for host in RECORDED["hosts"]
}
for token, name, inputs in RECORDED["resources"]:
    host = name.removeprefix("bgp-sessions-").removesuffix("-ipv4")
    if token.startswith("equinix-metal:") and host in devices:
        inputs = {**inputs, "deviceId": devices[host].apply(lambda found: found["id"])}
    register(token, name, inputs)
