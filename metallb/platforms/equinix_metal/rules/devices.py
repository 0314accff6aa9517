"""Rules of Equinix Metal's devices: what the platform's facts have to be for a peer."""

import re
from collections.abc import Iterator

from metallb.algebra.addresses import Address, address_of
from metallb.platforms.equinix_metal.devices import has_neighbors
from metallb.platforms.equinix_metal.facts import Device
from metallb.platforms.equinix_metal.rules.case import metal, project_facts
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.stackfile.grammar import is_host_label

__all__: list[str] = []

_ACTIVE = "active"
_WAYS_TO_ACTIVE = {
    "inactive": "power the device on",
    "powering_off": "power the device on",
    "failed": "replace the device",
    "deprovisioning": "replace the device",
    "deleted": "replace the device",
}
"""How a device of a state becomes active, where waiting does not do it."""


@rule("M5", Severity.ERROR)
def devices_apart(case: Case) -> Iterator[Hit]:
    """Two nodes of the stack file are one device, or have one host name.

    Requirement: Two nodes of the stack file are two devices with two host names.
    Why: both entries become peers of one Kubernetes node, which opens two sessions to one router.
    Help: remove one of the two entries; hostname and deviceId may be of the same device.
    Source: cloud-provider-equinix-metal: the node name has to be the device's host name.
    """
    platform, facts = metal(case), project_facts(case)
    if platform is None or facts is None:
        return
    known = [
        (position, facts.nodes[node.key])
        for position, node in enumerate(platform.nodes)
        if node.key in facts.nodes
    ]
    same: set[tuple[int, int]] = set()
    for words, values in (
        ("device", [answer.id for _, answer in known]),
        ("host name", [answer.hostname for _, answer in known]),
    ):
        for index, earlier in repeated(values):
            # One device has one host name: that is no second mistake.
            if values[index] and (index, earlier) not in same:
                same.add((index, earlier))
                yield Hit(
                    _node(known[index][0]),
                    f"{words} {values[index]} is that of nodes[{known[earlier][0]}] as well",
                )


@rule("M17", Severity.ERROR)
def hosts_as_labels(case: Case) -> Iterator[Hit]:
    """A device's host name can't be that of a Kubernetes node.

    Requirement: A device's host name is the value of its node's label kubernetes.io/hostname.
    Why: that label has lower-case letters, digits, hyphens and dots; a peer for another spelling
    chooses no node, and nothing is announced.
    Help: rename the device as its node is called in `kubectl get nodes`, such as worker-0.
    Source: Kubernetes, well-known labels; kubelet, pkg/util/node (GetHostname).
    """
    platform, facts = metal(case), project_facts(case)
    if platform is None or facts is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = facts.nodes.get(node.key)
        if answer is None or is_host_label(answer.hostname):
            continue
        if not answer.hostname:
            yield Hit(_node(position), f"device {node.key} has no host name")
            continue
        name = re.sub(r"[^a-z0-9.-]+", "-", answer.hostname.lower()).strip("-.")
        help = f"rename the device as its node is called in `kubectl get nodes`, such as {name}"
        yield Hit(
            _node(position),
            f"host name {quoted(answer.hostname)} can't be that of a Kubernetes node",
            help=help if is_host_label(name) else "",
        )


@rule("M16", Severity.ERROR)
def project_with_bgp(case: Case) -> Iterator[Hit]:
    """BGP is not enabled in the project.

    Requirement: BGP is enabled in the project.
    Why: without it no device gets a session, and an update fails at the first one, after it has
    reserved the addresses.
    Help: enable BGP in the console, with deployment type local. The API can't disable it again.
    Source: Equinix Metal API, GET /projects/{id}/bgp-config.
    """
    platform, facts = metal(case), project_facts(case)
    if platform is not None and facts is not None and facts.bgp_enabled is False:
        where = ("metallb:platform", "projectId")
        yield Hit(where, f"BGP is not enabled in project {platform.project_id}")


@rule("M6", Severity.ERROR)
def active_device(case: Case) -> Iterator[Hit]:
    """A node's device is not active.

    Requirement: A node's device is active.
    Why: a device that is being set up, reinstalled or switched off keeps no session, and its peer
    stays down.
    Help: wait until it is active, or remove the node from metallb:platform.nodes.
    Source: Equinix Metal API, device states.
    """
    platform, facts = metal(case), project_facts(case)
    if platform is None or facts is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = facts.nodes.get(node.key)
        if answer is not None and answer.state != _ACTIVE:
            way = _WAYS_TO_ACTIVE.get(answer.state, "")
            yield Hit(
                _node(position),
                f"device {node.key} is in state {answer.state}",
                help=f"{way}, or remove the node from metallb:platform.nodes" if way else "",
            )


@rule("M7", Severity.ERROR)
def private_network(case: Case) -> Iterator[Hit]:
    """A device's private IPv4 network can't carry its sessions.

    Requirement: A node has a private IPv4 address, and with peerSource gateway a private gateway.
    Why: the routers answer the private address only, and with peerSource gateway the gateway is the
    router.
    Help: give the device its private IPv4 network back (a layer 2 bond has none), or remove the
    node from metallb:platform.nodes.
    Source: Equinix Metal BGP documentation; cloud-provider-equinix-metal issues 165, 178.
    """
    platform, facts = metal(case), project_facts(case)
    if platform is None or facts is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = facts.nodes.get(node.key)
        # A device that is not active has no network yet; another rule reports it.
        if answer is not None and answer.state == _ACTIVE:
            fault = _fault(answer, routed=not platform.uses_neighbors)
            if fault:
                yield Hit(_node(position), f"device {node.key} has {fault}")


def _fault(answer: Device, *, routed: bool) -> str:
    """What is wrong with a node's private network, or nothing."""
    address, gateway = _ipv4(answer.private_address), _ipv4(answer.private_gateway)
    if not answer.private_address:
        return "no private IPv4 network"
    if address is None:
        return f"the private address {quoted(answer.private_address)}, which is not IPv4"
    if not address.is_private:
        return f"the private address {address}, which is public"
    if routed and not answer.private_gateway:
        return f"the private address {address} without a gateway"
    if routed and gateway is None:
        return f"the private gateway {quoted(answer.private_gateway)}, which is not IPv4"
    return (
        f"the address {address} for itself and its gateway" if routed and gateway == address else ""
    )


def _ipv4(text: str) -> Address | None:
    address = address_of(text)
    return address if address is not None and address.version == 4 else None


@rule("M9", Severity.ERROR)
def bgp_enabled(case: Case) -> Iterator[Hit]:
    """A device has no BGP neighbor of an address family.

    Requirement: With peerSource neighbors a device has BGP neighbors of each family of
    addressFamilies.
    Why: a device without them has no session, or its project no BGP, so that there is no router to
    peer with.
    Help: enable BGP in the project (deployment type local), then run `up` again.
    Source: Equinix Metal API, GET /devices/{id}/bgp/neighbors.
    """
    platform, facts = metal(case), project_facts(case)
    if platform is None or facts is None or not platform.uses_neighbors:
        return
    for position, node in enumerate(platform.nodes):
        answer = facts.nodes.get(node.key)
        if answer is None or answer.state != _ACTIVE:
            continue
        for family in platform.address_families:
            if not has_neighbors(answer, family):
                help = ""
                if not platform.manage_sessions:
                    help = (
                        f"create the device's {family.value} BGP session in the console, or set "
                        "`manageSessions: true` below metallb:platform"
                    )
                elif facts.bgp_enabled:
                    help = f"run `up` again, which creates the device's {family.value} session"
                yield Hit(
                    _node(position),
                    f"device {node.key} has no {family.value} BGP neighbor",
                    help=help,
                )


def _node(position: int) -> Location:
    return "metallb:platform", "nodes", position
