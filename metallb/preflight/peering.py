"""Rules about who peers with whom: shared routers, and AS numbers that a platform fixes."""

from collections.abc import Iterator

from metallb.config import StaticPlatform
from metallb.config.equinix_metal import PEER_ASN
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__: list[str] = []


@rule("M25", Severity.WARNING)
def used_shared_routers(case: Case) -> Iterator[Hit]:
    """A shared router is one that a rack refers to.

    Why: no node peers with it otherwise, and no object is written for it.
    Remedy: add its name to the sharedRouters of the racks whose nodes peer with it, or remove it.
    Source: the product's own rule.
    """
    platform = case.stack.platform if case.stack is not None else None
    if not isinstance(platform, StaticPlatform):
        return
    used = {name for rack in platform.racks for name in rack.shared_routers}
    for name in platform.shared_routers:
        if name not in used:
            yield Hit(f"metallb:platform.sharedRouters.{name}", "no rack refers to it")


@rule("M26", Severity.WARNING)
def as_numbers_of_metal(case: Case) -> Iterator[Hit]:
    """On Equinix Metal localAsn is the devices' AS number and peerAsn the routers'.

    Why: the routers are AS 65530 and the devices another one, 65000 unless the project has its own;
    with the two swapped or equal no session is established.
    Remedy: write localAsn: 65000 and peerAsn: 65530, or the project's own AS number as localAsn.
    Source: Equinix Metal documentation, local BGP; RFC 4271, 6.2 (Bad Peer AS).
    """
    if case.stack is None or case.metal is None or case.metal.asks_neighbors:
        # With peerSource neighbors both numbers come from the platform.
        return
    own, routers = case.stack.local_asn, case.stack.peer_asn
    if own == routers:
        yield Hit("metallb:bgp.peerAsn", f"{own} on both sides")
    elif own == PEER_ASN:
        yield Hit("metallb:bgp.localAsn", f"{own}, which is the AS number of the routers")
