"""Junos: the router's half as a configuration for `load merge`.

Source: Juniper's CLI reference (protocols bgp, policy-options). No Junos router ran it.
"""

from collections.abc import Iterator, Sequence

from metallb.routers.model import Admitted, Communities, Entry, Half, Settings
from metallb.routers.wording import opening, placeholder

__all__ = ["SUFFIX", "text"]

SUFFIX = ".junos.conf"
_INET = {4: "inet", 6: "inet6"}
_IDLE = 5
"""Minutes that Junos leaves a session down after it brought too many prefixes."""
_WAYS = 16
"""Next hops of an address unless `chassis maximum-ecmp` has more."""


def text(half: Half, stack: str) -> str:
    """The configuration.

    :param stack: the stack's name.
    """
    comment = opening(half, stack, "junos", _decisions(half))
    lines = ["/*", *(f" * {each}" for each in comment), " */"]
    groups = [
        _group(half, entry, settings, position)
        for entry in half.entries
        for position, settings in enumerate(entry.settings)
    ]
    lines += _block("protocols", _block("bgp", [line for group in groups for line in group]))
    policies = [
        line
        for entry in half.entries
        for version in entry.families
        for line in _import(half, entry, version)
    ]
    policies += _block(f"policy-statement {_name(half)}-out", _block("then", ["reject;"]))
    policies += _block(
        "policy-statement metallb-load-balance",
        _block("then", ["load-balance per-packet;", "accept;"]),
    )
    lines += _block("policy-options", [*policies, *_communities(half)])
    lines += _block("routing-options", _block("forwarding-table", ["export metallb-load-balance;"]))
    return "\n".join(lines) + "\n"


def _decisions(half: Half) -> Iterator[str]:
    yield (
        f"The router's AS number (routing-options autonomous-system) has to be {half.asn}; where "
        f"it is another one, add `local-as {half.asn}` to the groups."
    )
    if half.paths > _WAYS:
        yield (
            f"Junos spreads an address over {_WAYS} next hops: write `maximum-ecmp` below chassis "
            f"for {half.paths}."
        )
    yield (
        "A forwarding-table export policy that the router has already stays in its place: add "
        "`load-balance per-packet`, which spreads by connection, to it."
    )


def _name(half: Half) -> str:
    return f"metallb-{half.name}"


def _of(half: Half, entry: Entry) -> str:
    several = len(half.entries) > 1
    return _name(half) + (f"-{half.entries.index(entry) + 1}" if several else "")


def _policy(half: Half, entry: Entry, version: int) -> str:
    return f"{_of(half, entry)}-ipv{version}-in"


def _block(head: str, lines: Sequence[str]) -> list[str]:
    return [f"{head} {{", *(f"    {line}" for line in lines), "}"]


def _group(half: Half, entry: Entry, settings: Settings, position: int) -> list[str]:
    lines = [f"type {'internal' if settings.internal else 'external'};", "passive;"]
    lines.append(f"local-address {entry.address};")
    if settings.multihop and not settings.internal:
        lines += _block("multihop", ["ttl 255;"])
    if settings.hold is not None:
        lines.append(f"hold-time {settings.hold};")
    if settings.key:
        lines.append(f'authentication-key "{placeholder(settings)}";')
    lines += [f"import {_policies(half, entry, settings)};", f"export {_name(half)}-out;"]
    for version in settings.families:
        limit = [f"maximum {half.limit(entry, version)};", f"teardown 100 idle-timeout {_IDLE};"]
        unicast = _block("unicast", _block("prefix-limit", limit))
        lines += _block(f"family {_INET[version]}", unicast)
    if not settings.internal:
        lines.append(f"peer-as {settings.node_asn};")
    several = half.several_asns
    lines += _block("multipath", ["multiple-as;"]) if several else ["multipath;"]
    lines += _bfd(settings)
    if settings.port != 179:
        lines.append(f"/* decide: the nodes connect to TCP port {settings.port} */")
    for end in entry.ends:
        if end.settings == settings:
            lines += _block(f"neighbor {end.address}", [f'description "{end.node}";'])
    for each in entry.ranges:
        if each.settings == settings:
            lines += [f"allow {block};" for block in entry.own_blocks(each)]
    name = _of(half, entry) + (f"-group-{position + 1}" if position else "")
    return _block(f"group {name}", lines)


def _policies(half: Half, entry: Entry, settings: Settings) -> str:
    names = [_policy(half, entry, version) for version in settings.families]
    return names[0] if len(names) == 1 else f"[ {' '.join(names)} ]"


def _bfd(settings: Settings) -> list[str]:
    """The other end of a profile: what the node sends is received here."""
    profile = settings.bfd
    if profile is None:
        return []
    lines = []
    if profile.transmit is not None:
        lines.append(f"minimum-receive-interval {profile.transmit};")
    if profile.receive is not None:
        lines += _block("transmit-interval", [f"minimum-interval {profile.receive};"])
    if profile.transmit is None and profile.receive is None:
        # Junos needs an interval; that of FRR by itself.
        lines.append("minimum-interval 300;")
    if profile.multiplier is not None:
        lines.append(f"multiplier {profile.multiplier};")
    return _block("bfd-liveness-detection", lines)


def _import(half: Half, entry: Entry, version: int) -> list[str]:
    lines: list[str] = []
    for term in entry.terms:
        listed = term.of(version)
        if not listed:
            continue
        origin = [f"family {_INET[version]};"]
        if term.communities:
            origin.append(f"community {_community(half, term.communities)};")
        origin += [_route_filter(each) for each in listed]
        lines += _block(f"term {term.name}", [*_block("from", origin), "then accept;"])
    others = [*_block("from", [f"family {_INET[version]};"]), "then reject;"]
    lines += _block("term others", others)
    return _block(f"policy-statement {_policy(half, entry, version)}", lines)


def _route_filter(each: Admitted) -> str:
    block = f"{each.block.first_address}/{each.block_length}"
    if each.length == each.block_length:
        return f"route-filter {block} exact;"
    return f"route-filter {block} prefix-length-range /{each.length}-/{each.length};"


def _sets(half: Half) -> list[Communities]:
    found = (term.communities for entry in half.entries for term in entry.terms)
    return sorted({each for each in found if each})


def _community(half: Half, communities: Communities) -> str:
    return f"{_name(half)}-{_sets(half).index(communities) + 1}"


def _communities(half: Half) -> Iterator[str]:
    for each in _sets(half):
        listed = [f"{a}:{b}" for a, b in each.standard]
        listed += [f"large:{a}:{b}:{c}" for a, b, c in each.large]
        members = listed[0] if len(listed) == 1 else f"[ {' '.join(listed)} ]"
        yield f"community {_community(half, each)} members {members};"
