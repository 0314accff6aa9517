"""What MetalLB makes of a peer that leaves a setting out."""

from metallb.algebra.addresses import address_of
from metallb.releases import BgpMode, Release
from metallb.routing.peers import BgpPeerSpec

__all__ = ["NATIVE_HOLD", "families_of", "hold_time"]

NATIVE_HOLD = 90
"""Seconds that the native speaker proposes where the peer has no hold time (MetalLB
internal/config/config.go); FRR has a default of its own."""
_FRR_HOLD = 180
"""Seconds that FRR proposes where nothing is configured (FRR bgpd/bgp_network.h and its manual)."""
_APART = Release(0, 15, 0)
"""From this release on a session of FRR carries one address family (preflight rule B14)."""


def families_of(spec: BgpPeerSpec, release: Release, *, native: bool) -> tuple[int, ...]:
    """IP versions that the sessions of a peer carry."""
    if native:
        return (4,)
    if spec.dual_stack_address_family or release < _APART:
        return (4, 6)
    address = address_of(spec.peer_address)
    return (4 if address is None else address.version,)


def hold_time(spec: BgpPeerSpec, mode: BgpMode) -> int:
    """Seconds of the hold time that the node proposes."""
    if spec.hold_time is not None:
        return int(spec.hold_time.seconds)
    return NATIVE_HOLD if mode is BgpMode.NATIVE else _FRR_HOLD
