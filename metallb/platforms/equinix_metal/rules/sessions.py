"""Rules about the sessions of a project: keys, numbers of routers, families, AS numbers."""

import re
from collections.abc import Callable, Iterator, Mapping

from pydantic.alias_generators import to_camel

from metallb.models.encrypted import Encrypted
from metallb.platforms.equinix_metal.rules.case import metal
from metallb.platforms.equinix_metal.section import LOCAL_ASN, PEER_ASN, PeersPerNode
from metallb.platforms.facts import AddressFamily
from metallb.preflight.advice import joined, other_mode
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.problem import Location
from metallb.releases import BgpMode
from metallb.routing.stack_keys import key_set

__all__: list[str] = []

# Equinix Metal API, BgpConfigRequestInput.md5.
_METAL_KEY = r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{10,20}"


_KEY_LENGTHS = (10, 20)


_KEY_PARTS: Mapping[str, Callable[[str], object]] = {
    "lower-case letter": re.compile(r"[a-z]").search,
    "capital letter": re.compile(r"[A-Z]").search,
    "digit": re.compile(r"[0-9]").search,
}


@rule("M3", Severity.ERROR, covers=("P27",))
def metal_key_form(case: Case) -> Iterator[Hit]:
    """An MD5 key is not one that Equinix Metal accepts.

    Requirement: On Equinix Metal an MD5 key is 10 to 20 letters and digits, with a lower-case
    letter, a capital letter and a digit among them.
    Why: a project accepts no other key, so that another one is not the routers' key, and no session
    comes up.
    Help: set the project's key with `pulumi config set --secret --path 'metallb:bgp.password'`.
    Source: Equinix Metal API, BgpConfigRequestInput.
    """
    if metal(case) is None or case.stack is None or case.stack.bgp.password is None:
        return
    text = case.stack.bgp.password.get_secret_value()
    if not isinstance(text, Encrypted) and not re.fullmatch(_METAL_KEY, text):
        yield Hit(("metallb:bgp", "password"), _fault_of_key(text))


def _fault_of_key(text: str) -> str:
    """What is wrong with an MD5 key, without a part of it."""
    least, most = _KEY_LENGTHS
    size = len(text)
    if not least <= size <= most:
        size_words = f"{size} character{'s'[: size != 1]}"
        return f"the MD5 key is too {'short' if size < least else 'long'} ({size_words})"
    if not (text.isascii() and text.isalnum()):
        return "the MD5 key has a character that is neither a letter nor a digit"
    lacking = [name for name, among in _KEY_PARTS.items() if not among(text)]
    return f"the MD5 key has no {' and no '.join(lacking)}"


@rule("M18", Severity.WARNING)
def used_sessions(case: Case) -> Iterator[Hit]:
    """The id of a session is not used.

    Requirement: A session below bgpSessions is one that the stack takes over.
    Why: with manageSessions false, or for a family that addressFamilies does not have, nothing
    reads the id, and the session stays outside the stack.
    Help: remove it from bgpSessions; or set `manageSessions: true`, and add the family to
    addressFamilies.
    Source: the product's own rule.
    """
    platform = metal(case)
    for position, node in enumerate(platform.nodes if platform is not None else ()):
        for family in node.bgp_sessions:
            where = (*_node(position), "bgpSessions", family.value)
            if platform is not None and not platform.manage_sessions:
                yield Hit(
                    where,
                    f"{family.value} session of node {node.key} is not used: manageSessions is "
                    "false",
                    help="remove it, or set `manageSessions: true` below metallb:platform",
                )
            elif platform is not None and family not in platform.address_families:
                possible = family is AddressFamily.IPV4 or (case.frr and platform.uses_neighbors)
                add = f", or add {family.value} to addressFamilies of metallb:platform"
                yield Hit(
                    where,
                    f"{family.value} session of node {node.key} is not used: addressFamilies has "
                    f"no {family.value}",
                    help=f"remove it{add if possible else ''}",
                )


@rule("M21", Severity.WARNING)
def used_numbers_of_routers(case: Case) -> Iterator[Hit]:
    """A number of routers is not used.

    Requirement: peersPerNode is for peerSource neighbors.
    Why: with peerSource gateway the private gateway is a node's one router, and peersPerNode
    changes nothing.
    Help: remove peersPerNode, or set `peerSource: neighbors` below metallb:platform.
    Source: the product's own rule.
    """
    platform = metal(case)
    if platform is None or platform.uses_neighbors:
        return
    unused = "peersPerNode is not used with peerSource gateway"
    if _is_given(platform.peers_per_node):
        yield Hit(("metallb:platform", "peersPerNode"), unused)
    for position, node in enumerate(platform.nodes):
        if _is_given(node.peers_per_node):
            yield Hit((*_node(position), "peersPerNode"), unused)


def _is_given(number: PeersPerNode) -> bool:
    return any(number.of(family) for family in AddressFamily)


@rule("M11", Severity.ERROR)
def native_family(case: Case) -> Iterator[Hit]:
    """IPv6 sessions are configured in native mode.

    Requirement: IPv6 sessions are for an FRR mode.
    Why: native mode announces IPv4 only, so that the session would carry nothing.
    Help: remove ipv6 from addressFamilies, or use frr-k8s with source helm.
    Source: MetalLB internal/config/validation.go (findIPv6BGPAdvertisement).
    """
    platform = metal(case)
    if platform is None or case.stack is None or not case.native:
        return
    if AddressFamily.IPV6 in platform.address_families:
        index = platform.address_families.index(AddressFamily.IPV6)
        yield Hit(
            ("metallb:platform", "addressFamilies", index),
            "BGP mode native does not announce anything over IPv6 sessions",
            help=joined(
                "write `addressFamilies: [ipv4]`",
                other_mode(case, BgpMode.FRR_K8S, BgpMode.FRR),
            ),
        )


@rule("M12", Severity.WARNING)
def gateway_family(case: Case) -> Iterator[Hit]:
    """IPv6 sessions are not used with peerSource gateway.

    Requirement: IPv6 sessions are for peerSource neighbors.
    Why: the private gateway is an IPv4 router; a session is opened for IPv6, and no peer uses it.
    Help: set `peerSource: neighbors` below metallb:platform, or write `addressFamilies: [ipv4]`.
    Source: Equinix Metal BGP documentation.
    """
    platform = metal(case)
    if platform is None or platform.uses_neighbors:
        return
    for index, family in enumerate(platform.address_families):
        if family is AddressFamily.IPV6:
            yield Hit(
                ("metallb:platform", "addressFamilies", index),
                "no peer uses the ipv6 sessions with peerSource gateway",
                # Native mode has no use for them either way.
                help="write `addressFamilies: [ipv4]`" if case.native else "",
            )


@rule("M13", Severity.WARNING)
def private_source(case: Case) -> Iterator[Hit]:
    """Sessions are not opened from the private address.

    Requirement: On Equinix Metal sessions are opened from the private address.
    Why: a node's default route is public, and the routers do not answer a public address.
    Help: remove `sourceAddress: false` (frr-k8s keeps no source address, native mode does); where
    each node routes to its routers over its private gateway, ignore M13.
    Source: cloud-provider-equinix-metal issues 165, 178, 190.
    """
    stack = case.stack
    if metal(case) is not None and stack is not None and not stack.bgp.source_address:
        remove = "remove `sourceAddress: false`"
        if case.mode is BgpMode.FRR_K8S:
            remove += " and use native mode (frr-k8s keeps no source address)"
        yield Hit(
            ("metallb:bgp", "sourceAddress"),
            "without sourceAddress sessions are opened from a node's public address",
            help=f"{remove}; where each node routes to its routers over its private gateway, "
            "ignore M13",
        )


@rule("M20", Severity.ERROR)
def routers_shared_by_all(case: Case) -> Iterator[Hit]:
    """Nodes without source addresses have different numbers of routers.

    Requirement: Without source addresses all nodes have the same number of routers.
    Why: one peer a router is for all nodes then, so that a number of a single node has no peers.
    Help: set peersPerNode at the platform alone, or `sourceAddress: true` below metallb:bgp.
    Source: the product's own rule.
    """
    platform = metal(case)
    if platform is None or case.stack is None or case.stack.bgp.source_address:
        return
    if not platform.uses_neighbors:
        return
    # In frr-k8s no peer can have a source address.
    alone = "set peersPerNode at metallb:platform, and at no node"
    help = alone if case.mode is BgpMode.FRR_K8S else ""
    for family in platform.address_families:
        first = platform.routers_of(platform.nodes[0], family)
        for position, node in enumerate(platform.nodes):
            count = platform.routers_of(node, family)
            if count != first:
                own = node.peers_per_node.of(family) is not None
                yield Hit(
                    (*_node(position), "peersPerNode") if own else _node(position),
                    f"node {node.key} has {count} {family.value} router{'s'[: count != 1]}, node "
                    f"{platform.nodes[0].key} has {first}",
                    help=help,
                )


def _node(position: int) -> Location:
    return "metallb:platform", "nodes", position


@rule("M26", Severity.WARNING)
def as_numbers_of_metal(case: Case) -> Iterator[Hit]:
    """The AS numbers are not those of Equinix Metal.

    Requirement: On Equinix Metal myAsn is the AS number of the devices (65000, or the project's
    own) and peerAsn that of the routers (65530).
    Why: no session is established with the two swapped or equal.
    Help: set myAsn to 65000 or to the project's own AS number, and peerAsn to 65530.
    Source: Equinix Metal documentation, local BGP; RFC 4271, 6.2 (Bad Peer AS).
    """
    platform = metal(case)
    if case.stack is None or platform is None or platform.uses_neighbors:
        # With peerSource neighbors both numbers come from the platform.
        return
    own, routers = case.stack.my_asn, case.stack.peer_asn
    if own == PEER_ASN:
        write = f"write `myAsn: {LOCAL_ASN}`, or the project's own AS number, below metallb:bgp"
        yield Hit(
            ("metallb:bgp", to_camel(key_set(case.stack.bgp, "my_asn") or "my_asn")),
            f"myAsn {own} is the AS number of the routers",
            help=write if routers == PEER_ASN else f"{write}, and `peerAsn: {PEER_ASN}`",
        )
    elif own == routers:
        yield Hit(
            ("metallb:bgp", "peerAsn"),
            f"AS number {own} is both myAsn and peerAsn",
            help=f"write `peerAsn: {PEER_ASN}` below metallb:bgp",
        )
