"""Which BGP mode holds what: the one table. The rules of the modes and the guess of one read it.

Source: MetalLB v0.16.1 internal/config/validation.go (DiscardFRROnly, DiscardNativeOnly),
internal/bgp/frrk8s/frrk8s.go (updateConfig, SyncExtraInfo), internal/bgp/native/messages.go.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metallb.algebra.addresses import same_address
from metallb.algebra.durations import Duration
from metallb.algebra.intervals import interval_of
from metallb.releases import BgpMode, Release
from metallb.routing.base import MetalLBObject
from metallb.routing.table import RoutingConfig

__all__ = ["FEATURES", "FIELD_MODES", "MODE_SINCE", "Feature", "Held", "Use", "uses"]

MODE_SINCE: Mapping[BgpMode, Release] = {
    BgpMode.NATIVE: Release(0, 0, 0),
    BgpMode.FRR_K8S: Release(0, 14, 2),
    BgpMode.FRR: Release(0, 12, 0),
}
"""First release of each mode, in the order in which a mode is chosen."""

_FRR = frozenset({BgpMode.FRR, BgpMode.FRR_K8S})
_FRR_ALONE = frozenset({BgpMode.FRR})
_FRR_K8S_ALONE = frozenset({BgpMode.FRR_K8S})

FIELD_MODES: Mapping[tuple[str, str], frozenset[BgpMode]] = {
    ("BGPPeer", "bfd_profile"): _FRR,
    ("BGPPeer", "vrf"): _FRR,
    ("BGPPeer", "connect_time"): _FRR,
    ("BGPPeer", "enable_graceful_restart"): _FRR,
    ("BGPPeer", "disable_mp"): _FRR,
    ("BGPPeer", "dual_stack_address_family"): _FRR,
    ("BGPPeer", "dynamic_asn"): _FRR,
    ("BGPPeer", "interface"): _FRR,
    ("BGPPeer", "local_asn"): _FRR_ALONE,
    ("BGPPeer", "keepalive_time"): _FRR,
    ("BGPPeer", "source_address"): frozenset({BgpMode.NATIVE, BgpMode.FRR}),
    ("BGPAdvertisement", "as_path_prepend"): _FRR_K8S_ALONE,
}
"""Modes that hold a field. Every mode holds what is not here."""

_LARGE = re.compile(r"large:[0-9]+:[0-9]+:[0-9]+")


@dataclass(frozen=True)
class Held:
    """A configuration as the table looks at it.

    :ivar announced: names of the pools that BGP announces.
    :ivar extras: whether there is a ConfigMap `bgpextras` with content.
    :ivar frr_configuration: where an FRRConfiguration is, if anywhere.
    """

    routing: RoutingConfig
    announced: frozenset[str] = frozenset()
    extras: bool = False
    frr_configuration: str = ""


@dataclass(frozen=True)
class Use:
    """One place that not every mode holds.

    :ivar item: the object; None for what is no object of the configuration.
    :ivar words: what it is, such as `vrf red` or `BFD profile fast`.
    """

    item: MetalLBObject[Any] | None
    field: str
    index: int | None
    words: str
    modes: frozenset[BgpMode]


@dataclass(frozen=True)
class Feature:
    """Something that not every mode holds, and how its uses are found."""

    name: str
    modes: frozenset[BgpMode]
    find: Callable[[Held], Iterator[tuple[MetalLBObject[Any] | None, str, int | None, str]]]


Found = Iterator[tuple[MetalLBObject[Any] | None, str, int | None, str]]


def _field(kind: str, name: str) -> Callable[[Held], Found]:
    def find(held: Held) -> Found:
        listed = held.routing.peers if kind == "BGPPeer" else held.routing.advertisements
        for item in listed:
            value = getattr(item.spec, name)
            if value and not (name == "keepalive_time" and _is_zero(value)):
                yield item, name, None, f"{_alias(item, name)} {_plain(value)}"

    return find


def _is_zero(value: Any) -> bool:
    return isinstance(value, Duration) and value.seconds == 0


def _alias(item: MetalLBObject[Any], name: str) -> str:
    field = type(item.spec).model_fields[name]
    return field.alias or name


def _plain(value: Any) -> str:
    return "true" if value is True else str(value)


def _profiles(held: Held) -> Found:
    for item in held.routing.bfd_profiles:
        yield item, "", None, f"BFD profile {item.name}"


def _ipv6_blocks(held: Held) -> Found:
    for pool in held.routing.pools:
        if pool.name not in held.announced:
            continue
        for index, text in enumerate(pool.spec.addresses):
            interval = interval_of(text)
            if interval is not None and interval.version == 6:
                yield pool, "addresses", index, f"IPv6 addresses {text}"


def _ipv6_routers(held: Held) -> Found:
    for peer in held.routing.peers:
        address = same_address(peer.spec.peer_address)
        if ":" in address:
            yield peer, "peer_address", None, f"IPv6 router {address}"


def _large_communities(held: Held) -> Found:
    for community in held.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            if _LARGE.fullmatch(alias.value or ""):
                yield community, "communities", index, f"large community {alias.value}"
    for each in held.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            if _LARGE.fullmatch(value):
                yield each, "communities", index, f"large community {value}"


def _extras(held: Held) -> Found:
    if held.extras:
        yield None, "", None, "ConfigMap bgpextras"


def _frr_configurations(held: Held) -> Found:
    if held.frr_configuration:
        yield None, "", None, held.frr_configuration


FEATURES: Mapping[str, Feature] = {
    feature.name: feature
    for feature in (
        *(
            Feature(f"{kind}.{name}", modes, _field(kind, name))
            for (kind, name), modes in FIELD_MODES.items()
        ),
        Feature("BFD profile", _FRR, _profiles),
        Feature("IPv6 pool", _FRR, _ipv6_blocks),
        Feature("IPv6 router", _FRR, _ipv6_routers),
        Feature("large community", _FRR, _large_communities),
        Feature("bgpextras", _FRR_ALONE, _extras),
        Feature("FRRConfiguration", _FRR_K8S_ALONE, _frr_configurations),
    )
}
"""Everything that some mode lacks, by name."""


def uses(held: Held, *names: str) -> Iterator[Use]:
    """Every place that some mode lacks, or those of some features."""
    for name in names or FEATURES:
        feature = FEATURES[name]
        for item, field, index, words in feature.find(held):
            yield Use(item, field, index, words, feature.modes)
