"""Rules of a platform: what its devices, sessions and address blocks have to be like."""

import ipaddress
import re
from collections.abc import Iterator

from metallb.config import AddressFamily, EquinixMetalPlatform, IpBlockType, StaticPlatform
from metallb.config.files import SEALED
from metallb.config.grammar import is_host_label
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import parse_interval
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated

__all__: list[str] = []

# Equinix Metal API, BgpConfigRequestInput.md5.
_METAL_KEY = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{10,20}")
# A facility of the metro era is the metro's two letters and a number.
_FACILITY = re.compile(r"([a-z]{2})\d+")


def _metal(case: Case) -> EquinixMetalPlatform | None:
    platform = case.stack.platform if case.stack is not None else None
    return platform if isinstance(platform, EquinixMetalPlatform) else None


@rule("M3", Severity.ERROR)
def metal_key_form(case: Case) -> Iterator[Hit]:
    """On Equinix Metal an MD5 key is 10 to 20 letters and digits, with one of each: small, capital,
    digit.

    Why: a project takes no other key, so another one here can't be the routers' key, and no session
    comes up.
    Remedy: use the project's key: pulumi config set --secret --path 'metallb:bgp.password'.
    Source: Equinix Metal API, BgpConfigRequestInput.
    """
    if _metal(case) is None or case.stack is None or case.stack.bgp.password is None:
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
    platform = _metal(case)
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
    platform = _metal(case)
    for position, node in enumerate(platform.nodes if platform is not None else ()):
        for family in node.bgp_sessions:
            where = f"metallb:platform.nodes[{position}].bgpSessions.{family}"
            if platform is not None and not platform.manage_sessions:
                yield Hit(where, "manageSessions: false")
            elif platform is not None and family not in platform.address_families:
                yield Hit(where, f"addressFamilies without {family}")


@rule("M17", Severity.ERROR)
def hosts_as_labels(case: Case) -> Iterator[Hit]:
    """A device's host name is what its node's kubernetes.io/hostname label says.

    Why: Kubernetes writes that label in small letters, digits, hyphens and dots; a peer for another
    spelling chooses no node, and nothing is announced.
    Remedy: rename the device as the node is called, such as worker-0.
    Source: Kubernetes, well-known labels; kubelet, pkg/util/node (GetHostname).
    """
    platform = _metal(case)
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
    if _metal(case) is not None and case.answers is not None and case.answers.bgp_enabled is False:
        yield Hit("metallb:platform.projectId", "BGP is not enabled")


@rule("M6", Severity.ERROR)
def active_device(case: Case) -> Iterator[Hit]:
    """An ingress node's device is active.

    Why: a device that is being set up, reinstalled or switched off keeps no session, and its peer
    stays down.
    Remedy: wait until it is active, or take the node out of metallb:platform.nodes.
    Source: Equinix Metal API, device states.
    """
    platform = _metal(case)
    if platform is None or case.answers is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        if answer is not None and answer.state != "active":
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
    platform = _metal(case)
    if platform is None or case.answers is None:
        return
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        if answer is None:
            continue
        where = f"metallb:platform.nodes[{position}]"
        address, gateway = _ipv4(answer.private_address), _ipv4(answer.private_gateway)
        if address is None:
            yield Hit(where, f"private address {answer.private_address!r}")
        elif not address.is_private:
            yield Hit(where, f"{address} is a public address")
        if platform.asks_neighbors:
            continue
        if gateway is None:
            yield Hit(where, f"private gateway {answer.private_gateway!r}")
        elif gateway == address:
            yield Hit(where, f"{address} is its own gateway")


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
    platform = _metal(case)
    if platform is None or case.answers is None or not platform.asks_neighbors:
        return
    numbers = {AddressFamily.IPV4: 4, AddressFamily.IPV6: 6}
    for position, node in enumerate(platform.nodes):
        answer = case.answers.nodes.get(node.key)
        if answer is None:
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
    platform = _metal(case)
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
    platform = _metal(case)
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
    if _metal(case) is not None and stack is not None and not stack.bgp.source_address:
        yield Hit("metallb:bgp.sourceAddress", "false")


@rule("M14", Severity.WARNING)
def used_blocks(case: Case) -> Iterator[Hit]:
    """A reserved block serves a pool.

    Why: it is paid for, and no Service ever gets one of its addresses.
    Remedy: name it in a pool's elasticIps, or remove it.
    Source: the product's own rule.
    """
    platform = _metal(case)
    if platform is None or case.stack is None:
        return
    used = {block for pool in case.stack.address_pools.values() for block in pool.elastic_ips}
    for name in platform.elastic_ips:
        if name not in used:
            yield Hit(f"metallb:platform.elasticIps.{name}", "no pool names it")


@rule("M15", Severity.WARNING)
def block_sizes(case: Case) -> Iterator[Hit]:
    """A block has as many addresses as the stack file says.

    Why: limits were checked for the number in the file; another one was reserved or adopted.
    Remedy: set quantity to what the block holds.
    Source: the product's own rule.
    """
    platform = _metal(case)
    if platform is None or case.answers is None:
        return
    for name, settings in platform.elastic_ips.items():
        answer = case.answers.blocks.get(name)
        try:
            size = parse_interval(answer.cidr_notation).size if answer is not None else None
        except ValueError:
            continue
        if size is not None and size != settings.quantity:
            where = f"metallb:platform.elasticIps.{name}"
            yield Hit(where, f"{size} addresses, quantity {settings.quantity}")


@rule("M19", Severity.ERROR)
def blocks_of_the_metro(case: Case) -> Iterator[Hit]:
    """Public addresses are of the nodes' metro.

    Why: servers of another metro can't announce them: they are reserved and paid for, and nothing
    reaches them.
    Remedy: say the nodes' metro at the block, or at metallb:platform and nothing at the block; a
    global_ipv4 block is announced from any metro.
    Source: Equinix Metal, Elastic IP and BGP documentation (scope of metro addresses).
    """
    platform = _metal(case)
    if platform is None or case.stack is None:
        return
    used = {block for pool in case.stack.address_pools.values() for block in pool.elastic_ips}
    for name, settings in platform.elastic_ips.items():
        if name not in used or settings.type is IpBlockType.GLOBAL_IPV4:
            continue
        where = f"metallb:platform.elasticIps.{name}"
        home = _metro(platform.metro, platform.facility)
        own = _metro(settings.metro, settings.facility)
        if home and own and own != home:
            key = "metro" if settings.metro else "facility"
            yield Hit(f"{where}.{key}", f"a block of {own}, and the nodes are in {home}")
            continue
        yield from _strange_block(case, where, name, own or home)


def _strange_block(case: Case, where: str, name: str, said: str) -> Iterator[Hit]:
    """What the platform says of a block and of the devices, where it says both."""
    if case.answers is None:
        return
    block = case.answers.blocks.get(name)
    own = (block.metro.lower() if block is not None else "") or said
    metros = {answer.metro for answer in case.answers.nodes.values() if answer.metro}
    if own and metros and own not in metros:
        yield Hit(where, f"a block of {own}, and the devices are in {', '.join(sorted(metros))}")


def _metro(metro: str | None, facility: str | None) -> str:
    """The metro, or that of a facility whose code begins with it, such as ny5; else nothing."""
    if metro:
        return metro.lower()
    found = _FACILITY.fullmatch((facility or "").lower())
    return found[1] if found else ""


@rule("M20", Severity.ERROR)
def routers_shared_by_all(case: Case) -> Iterator[Hit]:
    """Without source addresses all nodes have the same number of routers.

    Why: one peer a router stands for all nodes then, so a number of one node's own has no peers.
    Remedy: set peersPerNode at the platform alone, or metallb:bgp.sourceAddress to true.
    Source: the product's own rule.
    """
    platform = _metal(case)
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
