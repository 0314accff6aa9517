"""Which BGP mode holds what. The rules of the modes and the guess of one read it.

Fields have their modes in the models; what is no field is here.

Source: MetalLB v0.16.1 internal/config/validation.go (DiscardFRROnly, DiscardNativeOnly),
internal/bgp/frrk8s/frrk8s.go (updateConfig, SyncExtraInfo), internal/bgp/native/messages.go.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import interval_of
from metallb.releases import BgpMode, Release
from metallb.routing.base import MetalLBObject
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.fields import EVERY_MODE, FRR_MODES, declared, manifest_key
from metallb.routing.table import OBJECTS, RoutingConfig, spec_of

__all__ = ["FEATURES", "FIELD_MODES", "MODE_SINCE", "Feature", "Held", "Use", "in_order", "uses"]

MODE_SINCE: Mapping[BgpMode, Release] = {
    BgpMode.NATIVE: Release(0, 0, 0),
    BgpMode.FRR_K8S: Release(0, 14, 2),
    BgpMode.FRR: Release(0, 12, 0),
}
"""First release of each mode, in the order in which a mode is chosen."""


def in_order(modes: Collection[BgpMode]) -> tuple[BgpMode, ...]:
    """Modes in the order in which one is chosen."""
    return tuple(mode for mode in MODE_SINCE if mode in modes)


_FRR_ALONE = frozenset({BgpMode.FRR})
_FRR_K8S_ALONE = frozenset({BgpMode.FRR_K8S})

FIELD_MODES: Mapping[tuple[str, str], frozenset[BgpMode]] = {
    (kind, name): declared(spec_of(kind), name).modes
    for kind in OBJECTS
    for name in spec_of(kind).model_fields
    if declared(spec_of(kind), name).modes != EVERY_MODE
}
"""Modes that carry a field, for those that some mode lacks: as the models declare it."""

_ZERO_IS_NONE = ("keepalive_time",)
"""Durations that MetalLB takes for none where they are zero (DiscardFRROnly)."""
_LARGE = r"large:[0-9]+:[0-9]+:[0-9]+"


class Held(NamedTuple):
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

    item: MetalLBObject | None
    field: str
    index: int | None
    words: str
    modes: frozenset[BgpMode]


class Feature(NamedTuple):
    """Something that not every mode holds, and how its uses are found."""

    name: str
    modes: frozenset[BgpMode]
    find: Callable[[Held], Iterator[tuple[MetalLBObject | None, str, int | None, str]]]


Found = Iterator[tuple[MetalLBObject | None, str, int | None, str]]


def _field(kind: str, name: str) -> Callable[[Held], Found]:
    def find(held: Held) -> Found:
        for item in held.routing.of_kind(kind):
            value = getattr(item.spec, name)
            if value and not (name in _ZERO_IS_NONE and value.seconds == 0):
                yield item, name, None, f"{manifest_key(type(item.spec), name)} {_plain(value)}"

    return find


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
            if re.fullmatch(_LARGE, alias.value or ""):
                yield community, "communities", index, f"large community {alias.value}"
    for each in held.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            if re.fullmatch(_LARGE, value):
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
        Feature("BFD profile", BfdProfileSpec.modes, _profiles),
        Feature("IPv6 pool", FRR_MODES, _ipv6_blocks),
        Feature("IPv6 router", FRR_MODES, _ipv6_routers),
        Feature("large community", FRR_MODES, _large_communities),
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
