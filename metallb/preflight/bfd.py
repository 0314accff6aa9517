"""Rules about BFD profiles."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated
from metallb.preflight.timing import seconds
from metallb.routing import BfdProfile

__all__: list[str] = []

# FRR's defaults for what a profile leaves out (docs.frrouting.org, bfd).
_INTERVAL = 300
_MULTIPLIER = 3


def _profiles(case: Case) -> dict[str, BfdProfile]:
    return {profile.name: profile for profile in case.routing.bfd_profiles}


@rule("P11", Severity.ERROR)
def known_profile(case: Case) -> Iterator[Hit]:
    """A peer names a BFD profile that exists.

    Why: MetalLB's webhook lets it through, and then MetalLB takes no configuration at all until the
    profile is there.
    Remedy: add the profile, or correct the name.
    Source: MetalLB internal/config/config.go (peersFor).
    """
    known = _profiles(case)
    for peer in case.routing.peers:
        if peer.spec.bfd_profile and peer.spec.bfd_profile not in known:
            yield Hit(case.at(peer, "bfd_profile"), repr(peer.spec.bfd_profile))


@rule("D1", Severity.ERROR)
def sound_profiles(case: Case) -> Iterator[Hit]:
    """A BFD profile has a name of its own, and echo mode stays away from IPv6.

    Why: MetalLB refuses the configuration when a peer with echo mode is to get routes of a pool
    with IPv6.
    Remedy: rename the profile, turn echoMode off, or keep the IPv6 pool from that peer.
    Source: MetalLB internal/config/config.go (bfdProfilesFor), validation.go (validateConfig).
    """
    profiles = case.routing.bfd_profiles
    for index, _ in repeated(profile.name for profile in profiles):
        yield Hit(profiles[index].origin, f"a second profile {profiles[index].name!r}")
    if case.native:
        return
    known = _profiles(case)
    echoing = {
        peer.name: peer.spec.bfd_profile
        for peer in case.routing.peers
        if peer.spec.bfd_profile in known and known[peer.spec.bfd_profile or ""].spec.echo_mode
    }
    if not echoing:
        return
    for pool in case.routing.pools:
        if 6 not in case.families(pool.name):
            continue
        for each in case.advertisements_of(pool.name):
            reached = [name for name in each.spec.peers or echoing if name in echoing]
            if reached:
                profile = known[echoing[reached[0]] or ""]
                yield Hit(
                    case.at(profile, "echo_mode"), f"pool {pool.name} announced to {reached[0]}"
                )


@rule("D2", Severity.WARNING)
def echo_over_hops(case: Case) -> Iterator[Hit]:
    """Echo mode is for routers that are directly connected.

    Why: echo packets are not sent over several hops, so the session detects nothing sooner.
    Remedy: turn echoMode off, or ebgpMultiHop.
    Source: RFC 5883, 4; FRR documentation, bfd.
    """
    known = _profiles(case)
    for peer in case.routing.peers:
        profile = known.get(peer.spec.bfd_profile or "")
        if peer.spec.ebgp_multi_hop and profile is not None and profile.spec.echo_mode:
            yield Hit(case.at(profile, "echo_mode"), f"peer {peer.name} sets ebgpMultiHop")


@rule("D3", Severity.WARNING)
def faster_than_hold(case: Case) -> Iterator[Hit]:
    """BFD notices a dead router sooner than the hold time does.

    Why: a slower BFD session costs packets and gains nothing.
    Remedy: lower receiveInterval or detectMultiplier, or raise the hold time.
    Source: RFC 5880, 6.8.4; RFC 4271, 4.2.
    """
    known = _profiles(case)
    for peer in case.routing.peers:
        profile, hold = known.get(peer.spec.bfd_profile or ""), seconds(peer.spec.hold_time)
        if profile is None or not hold:
            continue
        interval = profile.spec.receive_interval or _INTERVAL
        detected = interval * (profile.spec.detect_multiplier or _MULTIPLIER)
        if detected >= hold * 1000:
            yield Hit(case.at(profile, "receive_interval"), f"{detected} ms, hold time {hold} s")


@rule("K2", Severity.WARNING)
def used_profiles(case: Case) -> Iterator[Hit]:
    """A BFD profile is used by a peer.

    Why: an unused one does nothing; MetalLB guards only the deletion of used ones, and no change at
    all.
    Remedy: name it in a peer's bfdProfile, or remove it.
    Source: MetalLB internal/k8s/webhooks (bfdprofiles: CREATE and DELETE only).
    """
    used = {peer.spec.bfd_profile for peer in case.routing.peers}
    if case.native:
        return
    for profile in case.routing.bfd_profiles:
        if profile.name not in used:
            yield Hit(profile.origin, f"profile {profile.name}")
