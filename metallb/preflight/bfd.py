"""Rules about BFD profiles."""

from collections.abc import Iterator

from metallb.preflight.advice import KEEPS_LAST, joined, key, names
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated
from metallb.problems.escape import quoted
from metallb.routing import BfdProfile

__all__: list[str] = []

# FRR's defaults for what a profile leaves out (docs.frrouting.org, bfd).
_INTERVAL = 300
_MULTIPLIER = 3


def _profiles(case: Case) -> dict[str, BfdProfile]:
    return {profile.name: profile for profile in case.routing.bfd_profiles}


@rule("P11", Severity.ERROR)
def known_profile(case: Case) -> Iterator[Hit]:
    """A peer refers to a BFD profile that does not exist.

    Requirement: The BFD profile of a peer exists.
    Why: MetalLB's webhook admits the peer, and then MetalLB accepts no configuration at all until
    the profile exists.
    Help: add the profile, or correct the name.
    Source: MetalLB internal/config/config.go (peersFor).
    """
    known = _profiles(case)
    for peer in case.routing.peers:
        if peer.spec.bfd_profile and peer.spec.bfd_profile not in known:
            wrong = f"BFD profile {quoted(peer.spec.bfd_profile)} does not exist"
            yield Hit(case.at(peer, "bfd_profile"), wrong, help=_existing(case))


def _existing(case: Case) -> str:
    """What to write in place of a profile that does not exist."""
    name = key(case, "bfd_profile")
    if case.native:
        return f"remove {name}, which native mode does not have"
    place = " below metallb:bgp.bfdProfiles" if case.stack is not None else ""
    known = sorted(_profiles(case))
    return joined(
        f"add the profile{place}", f"name one that exists: {names(known)}" if known else ""
    )


@rule("D1", Severity.ERROR)
def sound_profiles(case: Case) -> Iterator[Hit]:
    """A BFD profile has the name of another one, or uses echo mode for IPv6.

    Requirement: BFD profiles have names of their own, and a peer whose profile has echoMode gets no
    routes of IPv6 pools.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: rename the profile, turn echoMode off, or do not announce the IPv6 pool to that peer.
    Source: MetalLB internal/config/config.go (bfdProfilesFor); validation.go (validateConfig).
    """
    profiles = case.routing.bfd_profiles
    for index, _ in repeated(profile.name for profile in profiles):
        yield Hit(
            profiles[index].origin,
            f"two BFD profiles are named {profiles[index].name}",
            f"BFD profiles have names of their own: {KEEPS_LAST} (MetalLB "
            "internal/config/config.go)",
            "rename one of them, or remove it",
        )
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
    echo = key(case, "echo_mode", BfdProfile.kind)
    # The ConfigMap's advertisements go to every peer.
    apart = "" if case.in_configmap else "announce the pool to other peers only"
    ways = joined(f"set `{echo}: false`", apart)
    for pool in case.routing.pools:
        if 6 not in case.families(pool.name):
            continue
        for each in case.advertisements_of(pool.name):
            reached = [name for name in each.spec.peers or echoing if name in echoing]
            if reached:
                profile = known[echoing[reached[0]] or ""]
                yield Hit(
                    case.at(profile, "echo_mode"),
                    f"{echo} is on for peer {reached[0]}, which gets IPv6 pool {pool.name}",
                    f"Echo mode does not work over IPv6: {KEEPS_LAST} (MetalLB "
                    "internal/config/validation.go)",
                    ways,
                )


@rule("D2", Severity.WARNING)
def echo_over_hops(case: Case) -> Iterator[Hit]:
    """Echo mode is on for a router several hops away.

    Requirement: Echo mode is for routers that are directly connected.
    Why: echo packets are not sent over several hops, so the session detects nothing sooner.
    Help: turn echoMode off, or ebgpMultiHop where the router is directly connected.
    Source: RFC 5883, 4; FRR documentation, bfd.
    """
    known = _profiles(case)
    distant: dict[str, list[str]] = {}
    for peer in case.routing.peers:
        profile = known.get(peer.spec.bfd_profile or "")
        if peer.spec.ebgp_multi_hop and profile is not None and profile.spec.echo_mode:
            distant.setdefault(profile.name, []).append(peer.name)
    echo, multihop = key(case, "echo_mode", BfdProfile.kind), key(case, "ebgp_multi_hop")
    for name, peers in distant.items():
        yield Hit(
            case.at(known[name], "echo_mode"),
            f"{echo} is on for peers with {multihop}: {names(peers)}",
            help=f"set `{echo}: false`, or `{multihop}: false` where the router is directly "
            "connected",
        )


@rule("D3", Severity.WARNING)
def faster_than_hold(case: Case) -> Iterator[Hit]:
    """BFD detects a failure no sooner than the hold time.

    Requirement: The detection time of BFD is shorter than the hold time.
    Why: a slower BFD session costs packets and gains nothing.
    Help: lower receiveInterval or detectMultiplier, or raise the hold time.
    Source: RFC 5880, 6.8.4; RFC 4271, 4.2.
    """
    known = _profiles(case)
    for peer in case.routing.peers:
        profile, hold = known.get(peer.spec.bfd_profile or ""), peer.spec.hold_time
        if profile is None or hold is None or hold.seconds == 0:
            continue
        interval = profile.spec.receive_interval or _INTERVAL
        multiplier = profile.spec.detect_multiplier or _MULTIPLIER
        if interval * multiplier < hold.seconds * 1000:
            continue
        receive = key(case, "receive_interval", BfdProfile.kind)
        lower = key(case, "detect_multiplier", BfdProfile.kind)
        yield Hit(
            case.at(profile, "receive_interval"),
            f"BFD detects a failure after {interval * multiplier} ms, no sooner than "
            f"hold time {hold}",
            help=f"set {receive} below {int(hold.seconds * 1000 / multiplier)}, lower {lower}, or "
            "raise the hold time",
        )


@rule("K2", Severity.WARNING)
def used_profiles(case: Case) -> Iterator[Hit]:
    """No peer uses a BFD profile.

    Requirement: A BFD profile is used by a peer.
    Why: an unused profile has no effect.
    Help: name it in the bfdProfile of a peer, or remove it.
    Source: MetalLB internal/config/config.go (peersFor).
    """
    used = {peer.spec.bfd_profile for peer in case.routing.peers}
    if case.native:
        return
    for profile in case.routing.bfd_profiles:
        if profile.name not in used:
            wrong = f"no peer uses BFD profile {profile.name}"
            ways = f"name it in {key(case, 'bfd_profile')} of a peer, or remove it"
            yield Hit(profile.origin, wrong, help=ways)
