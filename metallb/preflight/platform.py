"""Rules of a platform: what its devices and sessions have to be like."""

import ipaddress
import re
from collections.abc import Iterator

from metallb.config import AddressFamily, StaticPlatform
from metallb.config.equinix_metal import PeersPerNode
from metallb.config.files import SEALED
from metallb.config.grammar import is_host_label
from metallb.platforms import NodeAnswer
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated

__all__: list[str] = []

# Equinix Metal API, BgpConfigRequestInput.md5.
_METAL_KEY = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{10,20}")
_ACTIVE = "active"


@rule("M3", Severity.ERROR)
def metal_key_form(case: Case) -> Iterator[Hit]:
    """On Equinix Metal an MD5 key is 10 to 20 letters and digits, with one of each: small, capital,
    digit.

    Why: a project takes no other key, so another one here can't be the routers' key, and no session
    comes up.
    Remedy: use the project's key: pulumi config set --secret --path 'metallb:bgp.password'.
    Source: Equinix Metal API, BgpConfigRequestInput.
    """
    if case.metal is None or case.stack is None or case.stack.bgp.password is None:
        return
    text = case.stack.bgp.password.get_secret_value()
    if text != SEALED and not _METAL_KEY.fullmatch(text):
        yield Hit("metallb:bgp.password", "a password of another form")


@rule("M4", Severity.WARNING)
def one_rack_a_host(case: Case) -> Iterator[Hit]:
    """A host name stands in one rack.

    Why: a node in two racks peers with the routers of both, and those of the other rack are rarely
    in reach.
    Remedy: remove it from one rack; silence this where the node is connected to both.
    Source: the product's own rule.
    """
    platform = case.stack.platform if case.stack is not None else None
    if not isinstance(platform, StaticPlatform):
        return
    listed = [
        (f"metallb:platform.racks[{position}].nodes[{index}]", node.hostname, rack.name)
        for position, rack in enumerate(platform.racks)
        for index, node in enumerate(rack.nodes)
    ]
    for index, earlier in repeated(host for _, host, _ in listed):
        where, host, _ = listed[index]
        yield Hit(where, f"{host} is in rack {listed[earlier][2]} as well")


@rule("M5", Severity.ERROR)
def devices_apart(case: Case) -> Iterator[Hit]:
    """Two nodes of the stack file are two devices with two host names.

    Why: both entries become peers of one Kubernetes node, which opens two sessions to one router.
    Remedy: remove one of the entries; hostname and deviceId may name the same device.
    Source: cloud-provider-equinix-metal: the node name has to be the device's host name.
    """
    platform = case.metal
    if platform is None or case.answers is None:
        return
    known = [
        (position, case.answers.nodes[node.key])
        for position, node in enumerate(platform.nodes)
        if node.key in case.answers.nodes
    ]
    for name, of in (
        ("host name", [answer.hostname for _, answer in known]),
        ("device", [answer.device_id for _, answer in known]),
    ):
        for index, earlier in repeated(of):
            if of[index]:
                yield Hit(
                    f"metallb:platform.nodes[{known[index][0]}]",
                    f"{name} {of[index]}, as nodes[{known[earlier][0]}]",
                )


@rule("M18", Severity.WARNING)
def used_sessions(case: Case) -> Iterator[Hit]:
    """A session that exists already is one that is taken over.

    Why: with manageSessions false, or for a family that is not in addressFamilies, nothing looks at
    the id: the session stays outside the stack.
    Remedy: remove it from bgpSessions, or set manageSessions: true and the family.
    Source: the product's own rule.
    """
    platform = case.metal
    for position, node in enumerate(platform.nodes if platform is not None else ()):
        for family in node.bgp_sessions:
            where = f"metallb:platform.nodes[{position}].bgpSessions.{family}"
            if platform is not None and not platform.manage_sessions:
                yield Hit(where, "manageSessions: false")
            elif platform is not None and family not in platform.address_families:
                yield Hit(where, f"addressFamilies without {family}")


@rule("M21", Severity.WARNING)
def used_numbers_of_routers(case: Case) -> Iterator[Hit]:
    """A number of routers is one that somebody reads.

    Why: with peerSource gateway the private gateway is a node's one router, and peersPerNode
    changes nothing.
    Remedy: remove peersPerNode, or set peerSource: neighbors.
    Source: the product's own rule.
    """
    platform = case.metal
    if platform is None or platform.asks_neighbors:
        return
    unread = PeersPerNode()
    if platform.peers_per_node != unread:
        yield Hit("metallb:platform.peersPerNode", "peerSource gateway")
    for position, node in enumerate(platform.nodes):
        if node.peers_per_node != unread:
            where = f"metallb:platform.nodes[{position}].peersPerNode"
            yield Hit(where, "peerSource gateway")


@rule("M22", Severity.WARNING)
def used_sources(case: Case) -> Iterator[Hit]:
    """A node's source address is one that its sessions are opened from.

    Why: with sourceAddress false in metallb:bgp no peer has a source address, and the node's own
    one is passed over.
    Remedy: remove sourceAddress from the node, or set metallb:bgp.sourceAddress to true.
    Source: the product's own rule.
    """
    stack = case.stack
    if stack is None or stack.bgp.source_address:
        return
    if not isinstance(stack.platform, StaticPlatform):
        return
    for position, rack in enumerate(stack.platform.racks):
        for index, node in enumerate(rack.nodes):
            if node.source_address is not None:
                where = f"metallb:platform.racks[{position}].nodes[{index}].sourceAddress"
                yield Hit(where, "metallb:bgp.sourceAddress: false")


@rule("M17", Severity.ERROR)
def hosts_as_labels(case: Case) -> Iterator[Hit]:
    """A device's host name is what its node's kubernetes.io/hostname label says.

    Why: Kubernetes writes that label in small letters, digits, hyphens and dots; a peer for another
    spelling chooses no node, and nothing is announced.
    Remedy: rename the device as the node is called, such as worker-0.
    Source: Kubernetes, well-known labels; kubelet, pkg/util/node (GetHostname).
    """
    platform = case.metal
    if platform is None or case.answers is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        if answer is not None and not is_host_label(answer.hostname):
            yield Hit(f"metallb:platform.nodes[{position}]", f"host name {answer.hostname!r}")


@rule("M16", Severity.ERROR)
def project_with_bgp(case: Case) -> Iterator[Hit]:
    """BGP is enabled in the project.

    Why: without it no device gets a session, and an update fails at the first one, after it has
    reserved the addresses.
    Remedy: enable BGP in the console, deployment type local; the API can't take it back.
    Source: Equinix Metal API, GET /projects/{id}/bgp-config.
    """
    if case.metal is not None and case.answers is not None and case.answers.bgp_enabled is False:
        yield Hit("metallb:platform.projectId", "BGP is not enabled")


@rule("M6", Severity.ERROR)
def active_device(case: Case) -> Iterator[Hit]:
    """An ingress node's device is active.

    Why: a device that is being set up, reinstalled or switched off keeps no session, and its peer
    stays down.
    Remedy: wait until it is active, or take the node out of metallb:platform.nodes.
    Source: Equinix Metal API, device states.
    """
    platform = case.metal
    if platform is None or case.answers is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        if answer is not None and answer.state != _ACTIVE:
            yield Hit(f"metallb:platform.nodes[{position}]", f"state {answer.state}")


@rule("M7", Severity.ERROR)
def private_network(case: Case) -> Iterator[Hit]:
    """A node has a private IPv4 address, and a gateway beside it.

    Why: the routers answer the private address only, and with peerSource gateway the gateway is the
    router.
    Remedy: give the device its private network back (a layer 2 bond has none), or take the node
    out.
    Source: Equinix Metal BGP documentation; cloud-provider-equinix-metal issues 165, 178.
    """
    platform = case.metal
    if platform is None or case.answers is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        # A device that is not active has no network yet, and is told as such.
        if answer is not None and answer.state == _ACTIVE:
            fault = _fault(answer, routed=not platform.asks_neighbors)
            if fault:
                yield Hit(f"metallb:platform.nodes[{position}]", fault)


def _fault(answer: NodeAnswer, *, routed: bool) -> str:
    """What is wrong with a node's private network, or nothing."""
    address, gateway = _ipv4(answer.private_address), _ipv4(answer.private_gateway)
    if not answer.private_address:
        return "no private IPv4 network"
    if address is None:
        return f"private address {answer.private_address!r}"
    if not address.is_private:
        return f"{address} is a public address"
    if routed and not answer.private_gateway:
        return f"private address {address} without a gateway"
    if routed and gateway is None:
        return f"private gateway {answer.private_gateway!r}"
    return f"{address} is its own gateway" if routed and gateway == address else ""


def _ipv4(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


@rule("M9", Severity.ERROR)
def bgp_enabled(case: Case) -> Iterator[Hit]:
    """A device has BGP neighbors for each family that is asked for.

    Why: without them BGP is not enabled in the project, or the device has no session: there is
    nobody to peer with.
    Remedy: enable BGP in the project (deployment type local), then run the update again.
    Source: Equinix Metal API, GET /devices/{id}/bgp/neighbors.
    """
    platform = case.metal
    if platform is None or case.answers is None or not platform.asks_neighbors:
        return
    numbers = {AddressFamily.IPV4: 4, AddressFamily.IPV6: 6}
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        if answer is None or answer.state != _ACTIVE:
            continue
        found = {neighbor.address_family for neighbor in answer.neighbors or ()}
        for family in platform.address_families:
            if numbers[family] not in found:
                yield Hit(f"metallb:platform.nodes[{position}]", f"no {family} neighbor")


@rule("M10", Severity.ERROR)
def answers_fit(case: Case) -> Iterator[Hit]:
    """What the platform answers fits the stack file.

    Why: a preview would show other objects than the update makes.
    Remedy: correct the stack file to what the devices are.
    Source: the product's own rule.
    """
    error = case.misfit
    if error is not None:
        yield Hit(error.where, error.seen, error.rule, error.remedy)


@rule("M11", Severity.ERROR)
def native_family(case: Case) -> Iterator[Hit]:
    """IPv6 sessions need an FRR mode.

    Why: native mode announces IPv4 only, and the session would carry nothing.
    Remedy: take ipv6 out of addressFamilies, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (findIPv6BGPAdvertisement).
    """
    platform = case.metal
    if platform is not None and case.native and AddressFamily.IPV6 in platform.address_families:
        index = platform.address_families.index(AddressFamily.IPV6)
        yield Hit(f"metallb:platform.addressFamilies[{index}]", "ipv6 in native mode")


@rule("M12", Severity.WARNING)
def gateway_family(case: Case) -> Iterator[Hit]:
    """IPv6 sessions need peerSource neighbors.

    Why: the private gateway is an IPv4 router; a session is opened for IPv6, and no peer uses it.
    Remedy: set peerSource: neighbors, or take ipv6 out of addressFamilies.
    Source: Equinix Metal BGP documentation.
    """
    platform = case.metal
    if platform is None or platform.asks_neighbors:
        return
    for index, family in enumerate(platform.address_families):
        if family is AddressFamily.IPV6:
            yield Hit(f"metallb:platform.addressFamilies[{index}]", "ipv6 with peerSource gateway")


@rule("M13", Severity.WARNING)
def private_source(case: Case) -> Iterator[Hit]:
    """On Equinix Metal sessions are opened from the private address.

    Why: a node's default route is public, and the routers do not answer a public address.
    Remedy: leave sourceAddress true, or silence this where each node routes to its routers over its
    private gateway.
    Source: cloud-provider-equinix-metal issues 165, 178, 190.
    """
    stack = case.stack
    if case.metal is not None and stack is not None and not stack.bgp.source_address:
        yield Hit("metallb:bgp.sourceAddress", "false")


@rule("M20", Severity.ERROR)
def routers_shared_by_all(case: Case) -> Iterator[Hit]:
    """Without source addresses all nodes have the same number of routers.

    Why: one peer a router stands for all nodes then, so a number of one node's own has no peers.
    Remedy: set peersPerNode at the platform alone, or metallb:bgp.sourceAddress to true.
    Source: the product's own rule.
    """
    platform = case.metal
    if platform is None or case.stack is None or case.stack.bgp.source_address:
        return
    if not platform.asks_neighbors:
        return
    for family in platform.address_families:
        first = platform.routers_of(platform.nodes[0], family)
        for position, node in enumerate(platform.nodes):
            count = platform.routers_of(node, family)
            if count != first:
                yield Hit(
                    f"metallb:platform.nodes[{position}].peersPerNode",
                    f"{count} routers for {family.value}, nodes[0] has {first}",
                )
