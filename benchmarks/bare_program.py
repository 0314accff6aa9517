"""The bare program of benchmarks/engine.py: the same resources, written down, without components.

Runs as `__main__.py` of a Pulumi project beside a `resources.json`. It looks each node up, as any
program has to that writes its gateway, and checks nothing.
"""

import json
from importlib.metadata import version
from pathlib import Path

import pulumi
import pulumi_equinix_metal as metal
import pulumi_kubernetes  # noqa: F401 - whoever registers its resources imports it

RECORDED = json.loads(Path("resources.json").read_text(encoding="utf-8"))
VERSIONS = {package: version(f"pulumi-{package}") for package in ("kubernetes", "equinix-metal")}


class Resource(pulumi.CustomResource):
    """Any resource."""


devices = {
    host: metal.get_device_output(hostname=host, project_id=RECORDED["project"])
    for host in RECORDED["hosts"]
}
for token, name, inputs in RECORDED["resources"]:
    host = name.removeprefix("bgp-sessions-").removesuffix("-ipv4")
    if token.startswith("equinix-metal:") and host in devices:
        inputs = {**inputs, "deviceId": devices[host].id}
    options = pulumi.ResourceOptions(version=VERSIONS[token.partition(":")[0]])
    Resource(token, name, inputs, options)
