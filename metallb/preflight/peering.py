"""Rules about who peers with whom: shared routers, and AS numbers that a platform fixes."""

from collections.abc import Iterator

from metallb.config import StaticPlatform
from metallb.config.equinix_metal import LOCAL_ASN, PEER_ASN
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__: list[str] = []


@rule("M25", Severity.WARNING)
def used_shared_routers(case: Case) -> Iterator[Hit]:
    """No rack refers to a shared router.

    Requirement: A shared router is in the sharedRouters of at least one rack.
    Why: no node peers with it otherwise, and no object is written for it.
    Help: add its name to the sharedRouters of the racks whose nodes peer with it, or remove it.
    Source: the product's own rule.
    """
    platform = case.stack.platform if case.stack is not None else None
    if not isinstance(platform, StaticPlatform):
        return
    used = {name for rack in platform.racks for name in rack.shared_routers}
    for name in platform.shared_routers:
        if name not in used:
            yield Hit(
                ("metallb:platform", "sharedRouters", name),
                f"no rack refers to shared router {name}",
                help=f"add {name} to the sharedRouters of the racks whose nodes peer with it, or "
                "remove it",
            )


@rule("M26", Severity.WARNING)
def as_numbers_of_metal(case: Case) -> Iterator[Hit]:
    """The AS numbers are not those of Equinix Metal.

    Requirement: On Equinix Metal localAsn is the AS number of the devices (65000, or the project's
    own) and peerAsn that of the routers (65530).
    Why: no session is established with the two swapped or equal.
    Help: set localAsn to 65000 or to the project's own AS number, and peerAsn to 65530.
    Source: Equinix Metal documentation, local BGP; RFC 4271, 6.2 (Bad Peer AS).
    """
    if case.stack is None or case.metal is None or case.metal.uses_neighbors:
        # With peerSource neighbors both numbers come from the platform.
        return
    own, routers = case.stack.local_asn, case.stack.peer_asn
    if own == PEER_ASN:
        write = f"write `localAsn: {LOCAL_ASN}`, or the project's own AS number, below metallb:bgp"
        yield Hit(
            ("metallb:bgp", "localAsn"),
            f"localAsn {own} is the AS number of the routers",
            help=write if routers == PEER_ASN else f"{write}, and `peerAsn: {PEER_ASN}`",
        )
    elif own == routers:
        yield Hit(
            ("metallb:bgp", "peerAsn"),
            f"AS number {own} is both localAsn and peerAsn",
            help=f"write `peerAsn: {PEER_ASN}` below metallb:bgp",
        )
