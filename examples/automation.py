"""Configure MetalLB in each cluster: python automation.py preview|up|destroy [FOLDER]."""

import sys
from functools import partial

import pulumi
import pulumi_kubernetes as k8s
from pulumi import automation

from metallb.components import MetalLB, RoutingConfiguration

CLUSTERS = {
    "dc1": {"routers": {"tor-1": "10.1.0.1", "tor-2": "10.1.0.2"}, "pool": "203.0.113.0/28"},
    "dc2": {"routers": {"tor-1": "10.2.0.1"}, "pool": "203.0.113.16/28"},
}


def objects(routers, pool):
    """MetalLB's objects of one cluster: a peer a router, and one pool."""
    for name, address in routers.items():
        spec = {"myASN": 64512, "peerASN": 64601, "peerAddress": address, "holdTime": "9s"}
        yield {"kind": "BGPPeer", "name": name, "spec": spec}
    yield {"kind": "IPAddressPool", "name": "public", "spec": {"addresses": [pool]}}
    yield {"kind": "BGPAdvertisement", "name": "public", "spec": {"ipAddressPools": ["public"]}}


def program(cluster, folder):
    """What a stack's update runs. With a folder, manifests are written in place of a cluster."""
    target = {"render_yaml_to_directory": f"{folder}/{cluster}"} if folder else {"context": cluster}
    provider = k8s.Provider("cluster", **target)
    on_cluster = pulumi.ResourceOptions(providers={"kubernetes": provider})
    metallb = MetalLB("metallb", {"install": {"version": "0.16.2"}}, on_cluster)
    configuration = {
        "namespace": metallb.namespace,
        "format": "custom-resources",
        "objects": list(objects(**CLUSTERS[cluster])),
        "after": metallb.ready,
    }
    RoutingConfiguration("routing", configuration, on_cluster)


def main(verb, folder=""):
    """Carry the verb out in one cluster after the other."""
    for cluster in CLUSTERS:
        stack = automation.create_or_select_stack(
            stack_name=cluster, project_name="edge", program=partial(program, cluster, folder)
        )
        result = getattr(stack, verb)(on_output=lambda line: None)
        changes = getattr(result, "change_summary", None) or result.summary.resource_changes
        print(f"{verb} {cluster}: {dict(changes)}")


main(*sys.argv[1:])
