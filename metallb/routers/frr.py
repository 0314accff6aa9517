"""FRR: the router's half as a configuration that `vtysh -f` adds to a running router.

Source: FRR's user guide (bgp, filter, routemap, bfd); checked with FRR 8.4.
"""

from collections.abc import Iterator, Sequence

from metallb.routers.model import Admitted, Bfd, Entry, Half, Settings, Term
from metallb.routers.wording import opening, placeholder

__all__ = ["SUFFIX", "text"]

SUFFIX = ".conf"
_IP = {4: "ip", 6: "ipv6"}
_DYNAMIC = 100
"""Neighbors that FRR takes from ranges by itself."""
_IDLE = 5
"""Minutes that FRR leaves a session down after it brought too many prefixes."""


def text(half: Half, stack: str) -> str:
    """The configuration.

    :param stack: the stack's name.
    """
    lines = [f"! {each}" for each in opening(half, stack, "frr", _decisions(half))]
    lines.append("!")
    for entry in half.entries:
        for version in entry.families:
            lines += _filter(half, entry, version)
    lines += [f"route-map {_name(half)}-out deny 10", "exit", "!", *_router(half), *_bfd(half)]
    return "\n".join(lines) + "\n"


def _decisions(half: Half) -> Iterator[str]:
    yield (
        "This adds to `router bgp` of the same AS number; bgp router-id is left as it is, since "
        "another one resets every session of the router."
    )
    if any(each.bfd for each in half.settings):
        yield "FRR's bfdd has to run (bfdd=yes in /etc/frr/daemons)."
    if any(entry.ranges for entry in half.entries):
        yield f"FRR takes {_DYNAMIC} neighbors from ranges; for more write `bgp listen limit`."


def _name(half: Half) -> str:
    return f"metallb-{half.name}"


def _group(half: Half, entry: Entry, settings: Settings) -> str:
    position = [s for e in half.entries for s in ((e.key, each) for each in e.settings)].index(
        (entry.key, settings)
    )
    return _name(half) + (f"-{position + 1}" if position else "")


def _list(half: Half, entry: Entry, version: int) -> str:
    several = len(half.entries) > 1
    of = f"-{half.entries.index(entry) + 1}" if several else ""
    return f"{_name(half)}{of}-ipv{version}"


def _bfd(half: Half) -> Iterator[str]:
    profiles = {each.bfd.profile: each.bfd for each in half.settings if each.bfd is not None}
    if not profiles:
        return
    # At the end: a daemon that reads the file by itself stops at what is another's.
    yield from ("!", "bfd")
    for name, profile in profiles.items():
        yield f" profile metallb-{name}"
        yield from (f"  {line}" for line in _profile(profile))
        yield " exit"
    yield "exit"


def _profile(profile: Bfd) -> Iterator[str]:
    """The other end of a profile: what the node sends is received here."""
    if profile.multiplier is not None:
        yield f"detect-multiplier {profile.multiplier}"
    if profile.receive is not None:
        yield f"transmit-interval {profile.receive}"
    if profile.transmit is not None:
        yield f"receive-interval {profile.transmit}"
    if profile.minimum_ttl is not None:
        yield f"minimum-ttl {profile.minimum_ttl}"


def _filter(half: Half, entry: Entry, version: int) -> Iterator[str]:
    name = _list(half, entry, version)
    terms = [each for each in entry.terms if each.of(version)]
    for term in terms:
        for number, each in enumerate(term.of(version), 1):
            yield (
                f"{_IP[version]} prefix-list {name}-{term.name} seq {5 * number} permit "
                f"{_prefix(each)}"
            )
        yield from _communities(name, term)
    for number, term in enumerate(terms, 1):
        yield f"route-map {name}-in permit {10 * number}"
        yield f" match {_IP[version]} address prefix-list {name}-{term.name}"
        if term.communities.standard:
            yield f" match community {name}-{term.name}"
        if term.communities.large:
            yield f" match large-community {name}-{term.name}"
        yield "exit"
    yield from (f"route-map {name}-in deny {10 * len(terms) + 10}", "exit", "!")


def _communities(name: str, term: Term) -> Iterator[str]:
    if term.communities.standard:
        listed = " ".join(f"{a}:{b}" for a, b in term.communities.standard)
        yield f"bgp community-list standard {name}-{term.name} permit {listed}"
    if term.communities.large:
        listed = " ".join(f"{a}:{b}:{c}" for a, b, c in term.communities.large)
        yield f"bgp large-community-list standard {name}-{term.name} permit {listed}"


def _prefix(each: Admitted) -> str:
    bounds = f" ge {each.length} le {each.length}" if each.length > each.block_length else ""
    return f"{each.block.first_address}/{each.block_length}{bounds}"


def _router(half: Half) -> Iterator[str]:
    yield f"router bgp {half.asn}"
    if half.several_asns:
        yield " bgp bestpath as-path multipath-relax"
    groups = [
        (entry, settings, _group(half, entry, settings))
        for entry in half.entries
        for settings in entry.settings
    ]
    for entry, settings, group in groups:
        yield from (f" {line}" for line in _peer_group(entry, settings, group))
    for version in (4, 6):
        yield from _address_family(half, groups, version)
    yield "exit"


def _peer_group(entry: Entry, settings: Settings, group: str) -> Iterator[str]:
    yield f"neighbor {group} peer-group"
    yield f"neighbor {group} remote-as {settings.node_asn}"
    yield f"neighbor {group} passive"
    if settings.multihop and not settings.internal:
        yield f"neighbor {group} ebgp-multihop"
    if settings.key:
        yield f"neighbor {group} password {placeholder(settings)}"
    if settings.hold is not None:
        yield f"neighbor {group} timers {settings.keepalive} {settings.hold}"
    if settings.bfd is not None:
        yield f"neighbor {group} bfd"
        yield f"neighbor {group} bfd profile metallb-{settings.bfd.profile}"
    if settings.graceful_restart:
        yield f"neighbor {group} graceful-restart-helper"
    for end in entry.ends:
        if end.settings == settings:
            yield f"neighbor {end.address} peer-group {group}"
            yield f"neighbor {end.address} description {end.node}"
    for each in entry.ranges:
        for block in entry.own_blocks(each) if each.settings == settings else ():
            yield f"bgp listen range {block} peer-group {group}"


def _address_family(
    half: Half, groups: Sequence[tuple[Entry, Settings, str]], version: int
) -> Iterator[str]:
    lines: list[str] = []
    for entry, settings, group in groups:
        if version not in settings.families:
            # IPv4 is active for every neighbor unless the router's defaults are others.
            lines += [f"no neighbor {group} activate"] if version == 4 else []
            continue
        lines += [
            f"neighbor {group} activate",
            f"neighbor {group} route-map {_list(half, entry, version)}-in in",
            f"neighbor {group} route-map {_name(half)}-out out",
            f"neighbor {group} maximum-prefix {half.limit(entry, version)} restart {_IDLE}",
        ]
    if version in half.families:
        internal = any(each.internal for each in half.settings)
        external = any(not each.internal for each in half.settings)
        lines += [f"maximum-paths {half.paths}"] if external else []
        lines += [f"maximum-paths ibgp {half.paths}"] if internal else []
    if lines:
        yield f" address-family ipv{version} unicast"
        yield from (f"  {line}" for line in lines)
        yield " exit-address-family"
