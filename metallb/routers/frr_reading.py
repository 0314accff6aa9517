"""FRR's configuration (`show running-config`, frr.conf), and what `show bgp neighbors json` prints.

Source: FRR's user guide (bgp, bfd); bgpd/bgp_vty.c for the JSON. Checked with FRR 8.4.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from metallb.algebra.addresses import address_of
from metallb.algebra.intervals import Interval, interval_of, single_address
from metallb.routers.found import (
    Accepts,
    FoundBfd,
    FoundNeighbor,
    FoundRouter,
    Limit,
    Route,
    Seen,
)
from metallb.routers.frr_policy import Policies

__all__ = ["configuration", "neighbors_json"]

_OTHERS = (
    "ip ",
    "ipv6 ",
    "interface ",
    "route-map ",
    "bgp community-list",
    "bgp large-community-list",
    "bgp as-path",
    "bgp extcommunity-list",
    "access-list ",
    "vrf ",
    "line ",
    "key ",
    "router ",
)
"""How lines begin that end `router bgp`, whether or not an `exit` is there."""
_PLACEHOLDER = "MD5-KEY-OF-"
_HOLD = 180
"""FRR's own hold time in its traditional profile."""

_Values = dict[str, Seen[str]]


@dataclass
class _Bgp:
    """One `router bgp`."""

    asn: int
    line: int
    values: _Values = field(default_factory=dict)
    peers: dict[str, _Values] = field(default_factory=lambda: defaultdict(dict))
    families: dict[int, dict[str, _Values]] = field(
        default_factory=lambda: {4: defaultdict(dict), 6: defaultdict(dict)}
    )
    ranges: list[tuple[str, str, int]] = field(default_factory=list)
    paths: dict[tuple[int, bool], Seen[int]] = field(default_factory=dict)


class _Reader:
    """Goes through the lines of a configuration."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.routers: list[_Bgp] = []
        self.profiles: dict[str, _Values] = {}
        self._bgp: _Bgp | None = None
        self._family: int | None = None
        self._profile: _Values | None = None

    def read(self, text: str) -> None:
        for number, raw in enumerate(text.splitlines(), 1):
            line = " ".join(raw.split())
            if not line or line.startswith(("!", "#")):
                continue
            self._line(line, number)

    def _line(self, line: str, number: int) -> None:
        words = line.split()
        if line.startswith("router bgp ") and words[2].isdecimal():
            self._bgp, self._family = _Bgp(int(words[2]), number), 4
            self._profile = None
            self.routers.append(self._bgp)
        elif self.policies.take(line) or line.startswith(_OTHERS):
            self._bgp = self._profile = None
        elif line == "bfd":
            self._bgp, self._profile = None, {}
        elif self._profile is not None:
            if words[0] == "profile":
                self._profile = self.profiles.setdefault(words[-1], {})
            elif len(words) == 2:
                self._profile[words[0]] = Seen(words[1], number)
        elif self._bgp is not None:
            self._of_bgp(self._bgp, words, number)

    def _of_bgp(self, bgp: _Bgp, words: list[str], number: int) -> None:
        match words:
            case ["address-family", name, *rest]:
                unicast = rest in ([], ["unicast"])
                self._family = {"ipv4": 4, "ipv6": 6}.get(name) if unicast else None
            case ["exit-address-family"]:
                self._family = 4
            case ["exit"]:
                self._bgp = None
            case ["bgp", "listen", "range", block, "peer-group", group]:
                bgp.ranges.append((block, group, number))
            case ["maximum-paths", "ibgp", count, *_] if self._family and count.isdecimal():
                bgp.paths[(self._family, True)] = Seen(int(count), number)
            case ["maximum-paths", count] if self._family and count.isdecimal():
                bgp.paths[(self._family, False)] = Seen(int(count), number)
            case ["no", "neighbor", name, *rest]:
                self._neighbor(bgp, name, rest, number, negated=True)
            case ["neighbor", name, *rest]:
                self._neighbor(bgp, name, rest, number, negated=False)
            case ["no", *rest]:
                bgp.values[" ".join(rest)] = Seen("no", number)
            case [*rest]:
                bgp.values[" ".join(rest)] = Seen("yes", number)

    def _neighbor(
        self, bgp: _Bgp, name: str, words: list[str], number: int, *, negated: bool
    ) -> None:
        in_family = {"activate", "route-map", "prefix-list", "maximum-prefix"}
        in_family |= {"filter-list", "distribute-list"}
        if not words:
            return
        own = bgp.peers[name]
        if words[0] in in_family:
            if self._family is None:
                return
            own = bgp.families[self._family][name]
        key, rest = words[0], words[1:]
        if key in ("route-map", "prefix-list", "filter-list", "distribute-list"):
            key, rest = f"{key} {words[-1]}", words[1:-1]
        elif key == "bfd" and rest[:1] == ["profile"]:
            key, rest = "bfd profile", rest[1:]
        elif key == "peer-group" and not rest:
            key = "is a group"
        own[key] = Seen(_NO if negated else " ".join(rest), number)


_NO = "\0no"


def configuration(text: str) -> FoundRouter | None:
    """What a configuration has; None where it is none of FRR's.

    :param text: all of it, or the parts about BGP.
    """
    reader = _Reader()
    reader.read(text)
    if not reader.routers:
        return None
    return FoundRouter(
        "FRR configuration",
        tuple(each for bgp in reader.routers for each in _neighbors(reader, bgp)),
        frozenset(bgp.asn for bgp in reader.routers),
        {key: value for bgp in reader.routers for key, value in _paths(bgp)},
    )


def _paths(bgp: _Bgp) -> Iterator[tuple[tuple[int, bool], Seen[int]]]:
    # FRR is built for 64 or more; the limit of a build is what holds where nothing is written.
    yield from bgp.paths.items()


def _neighbors(reader: _Reader, bgp: _Bgp) -> Iterator[FoundNeighbor]:
    for name, own in bgp.peers.items():
        address = address_of(name)
        if address is None or "is a group" in own:
            continue
        group = own["peer-group"].value if "peer-group" in own else ""
        remote = single_address(name)
        line = min(each.line for each in own.values())
        yield _Neighbor(reader, bgp, (name, group)).found(name, remote, line)
    for block, group, line in bgp.ranges:
        interval = interval_of(block)
        if interval is not None:
            yield _Neighbor(reader, bgp, (group,)).found(block, interval, line)


@dataclass(frozen=True)
class _Neighbor:
    """What holds for a neighbor: its own lines, then those of its group."""

    reader: _Reader
    bgp: _Bgp
    names: tuple[str, ...]

    def found(self, name: str, remote: Interval, line: int) -> FoundNeighbor:
        key = self._value("password")
        hold = self._hold()
        asn = self._value("remote-as")
        multihop = self._value("ebgp-multihop")
        disabled = self._value("graceful-restart-disable") or self._of_router(
            "bgp graceful-restart-disable"
        )
        families = self._families()
        source = self._value("update-source")
        return FoundNeighbor(
            name=name,
            remote=remote,
            line=line,
            local_asn=self._local_asn(),
            local_address=source.value if source and address_of(source.value) else "",
            remote_asn=None if asn is None else Seen(_number(asn.value), asn.line),
            hold=hold,
            key=Seen(key is not None, key.line if key else line),
            placeholder=key is not None and key.value.startswith(_PLACEHOLDER),
            bfd=self._bfd(line),
            multihop=Seen(self._multihop(multihop), multihop.line if multihop else line),
            graceful_restart=Seen(disabled is None, disabled.line if disabled else line),
            families=families,
            limits={version: self._limit(version, line) for version in families.value},
            accepts={version: self._accepts(version, line) for version in families.value},
            exports=self._exports(families.value, line),
        )

    def _value(self, key: str) -> Seen[str] | None:
        for name in self.names:
            found = self.bgp.peers.get(name, {}).get(key)
            if found is not None:
                return None if found.value == _NO else found
        return None

    def _in_family(self, version: int, key: str) -> Seen[str] | None:
        for name in self.names:
            found = self.bgp.families[version].get(name, {}).get(key)
            if found is not None:
                return found
        return None

    def _of_router(self, key: str, value: str = "yes") -> Seen[str] | None:
        found = self.bgp.values.get(key)
        return found if found is not None and found.value == value else None

    def _local_asn(self) -> Seen[int]:
        own = self._value("local-as")
        if own is not None and (numbers := _numbers(own.value)):
            return Seen(numbers[0], own.line)
        return Seen(self.bgp.asn, self.bgp.line)

    def _hold(self) -> Seen[int]:
        own = self._value("timers")
        if own is not None and len(numbers := _numbers(own.value)) == 2:
            return Seen(numbers[1], own.line)
        for key, found in self.bgp.values.items():
            numbers = _numbers(key.removeprefix("timers bgp "))
            if key.startswith("timers bgp ") and found.value == "yes" and len(numbers) == 2:
                return Seen(numbers[1], found.line)
        return Seen(_HOLD)

    def _multihop(self, own: Seen[str] | None) -> bool:
        # iBGP is not limited to one hop.
        asn = self._value("remote-as")
        internal = asn is not None and asn.value in (str(self.bgp.asn), "internal")
        return internal or own is not None or self._value("ttl-security") is not None

    def _bfd(self, line: int) -> Seen[FoundBfd | None]:
        profile = self._value("bfd profile")
        own = self._value("bfd")
        if profile is None and own is None:
            return Seen(None, line)
        values = self.reader.profiles.get(profile.value, {}) if profile is not None else {}
        if own is not None and len(numbers := _numbers(own.value)) == 3:
            multiplier, receive, transmit = numbers
            return Seen(FoundBfd(transmit, receive, multiplier), own.line)

        def number(key: str) -> int | None:
            return next(iter(_numbers(values[key].value)), None) if key in values else None

        lines = [each.line for each in (profile, own) if each is not None]
        found = FoundBfd(
            number("transmit-interval"), number("receive-interval"), number("detect-multiplier")
        )
        return Seen(found, lines[0])

    def _families(self) -> Seen[frozenset[int]]:
        found = set()
        line = 0
        for version in (4, 6):
            own = self._in_family(version, "activate")
            usual = version == 4 and not self._of_router("bgp default ipv4-unicast", "no")
            if own is None:
                found |= {version} if usual else set()
            else:
                line = line or own.line
                found |= set() if own.value == _NO else {version}
        return Seen(frozenset(found), line)

    def _limit(self, version: int, line: int) -> Seen[Limit]:
        own = self._in_family(version, "maximum-prefix")
        if own is None or own.value == _NO:
            return Seen(Limit(None), line)
        words = own.value.split()
        number = words[0] if words and "warning-only" not in words else ""
        return Seen(Limit(int(number) if number.isdecimal() else None), own.line)

    def _external(self) -> bool:
        asn = self._value("remote-as")
        return asn is None or asn.value not in (str(self.bgp.asn), "internal")

    def _needs_policy(self) -> bool:
        """RFC 8212: without a policy no route passes over eBGP, unless that is switched off."""
        return self._external() and not self._of_router("bgp ebgp-requires-policy", "no")

    def _accepts(self, version: int, line: int) -> Seen[Accepts]:
        maps = self._in_family(version, "route-map in")
        prefixes = self._in_family(version, "prefix-list in")
        others = [
            found
            for key in ("filter-list in", "distribute-list in")
            if (found := self._in_family(version, key)) is not None
        ]
        known = next((each.line for each in (maps, prefixes, *others) if each is not None), line)
        if maps is None and prefixes is None and not others:
            return Seen(partial(_always, not self._needs_policy()), known)
        return Seen(partial(self._judge, maps, prefixes, bool(others)), known)

    def _judge(
        self,
        maps: Seen[str] | None,
        prefixes: Seen[str] | None,
        others: bool,  # noqa: FBT001
        route: Route,
    ) -> bool | None:
        verdicts: list[bool | None] = [None] if others else []
        policies = self.reader.policies
        if prefixes is not None:
            verdicts.append(policies.prefix_list(prefixes.value, route))
        if maps is not None:
            verdicts.append(policies.route_map(maps.value, route))
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def _exports(self, versions: frozenset[int], line: int) -> Seen[bool] | None:
        """Whether all of the families send nothing; None where a policy lets some routes out."""
        verdicts = [self._sends(version, line) for version in sorted(versions)]
        known = [each for each in verdicts if each is not None]
        sending = [each for each in known if each.value]
        if sending:
            return sending[0]
        return Seen(value=False, line=line) if len(known) == len(verdicts) else None

    def _sends(self, version: int, line: int) -> Seen[bool] | None:
        maps = self._in_family(version, "route-map out")
        prefixes = self._in_family(version, "prefix-list out")
        policies = self.reader.policies
        if maps is not None and policies.denies_all(maps.value):
            return Seen(value=False, line=maps.line)
        if prefixes is not None and policies.prefix_list_denies_all(prefixes.value):
            return Seen(value=False, line=prefixes.line)
        if maps is None and prefixes is None:
            return Seen(not self._needs_policy(), line)
        return None


def _always(verdict: bool, route: Route) -> bool:  # noqa: FBT001
    del route
    return verdict


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _numbers(text: str) -> list[int]:
    """The numbers of a text, in order; what is none of them is left out."""
    return [int(word) for word in text.split() if word.isdecimal()]


_FAMILIES = {"ipv4Unicast": 4, "ipv6Unicast": 6}


def neighbors_json(raw: Any) -> FoundRouter | None:
    """What `show bgp neighbors json` shows; None where it is something else."""
    if not isinstance(raw, Mapping):
        return None
    found = []
    for name, shown in raw.items():
        if isinstance(shown, Mapping) and "bgpState" in shown and address_of(str(name)):
            found.append(_shown(str(name), shown))
    if raw and not found:
        return None
    asns = frozenset(each.local_asn.value for each in found if each.local_asn is not None)
    return FoundRouter("FRR's neighbors", tuple(found), asns)


def _shown(name: str, shown: Mapping[str, Any]) -> FoundNeighbor:
    def number(key: str) -> int | None:
        value = shown.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    state = str(shown["bgpState"])
    up = state == "Established"
    hold = number("bgpTimerConfiguredHoldTimeMsecs")
    bfd = shown.get("peerBfdInfo")
    hops = number("externalBgpNbrMaxHopsAway")
    families = shown.get("addressFamilyInfo")
    by_family = families if isinstance(families, Mapping) else {}
    limits = {
        version: Seen(Limit(each.get("prefixAllowedMax")))
        for key, version in _FAMILIES.items()
        if isinstance(each := by_family.get(key), Mapping)
    }
    restart = shown.get("gracefulRestartInfo")
    mode = restart.get("localGrMode") if isinstance(restart, Mapping) else None
    remote, local = number("remoteAs"), number("localAs")
    port = number("portLocal")
    local_address = str(shown.get("hostLocal", ""))
    return FoundNeighbor(
        name=name,
        remote=single_address(name),
        local_asn=None if local is None else Seen(local),
        # Zero is a neighbor whose AS number is not fixed, and is down.
        remote_asn=None if not remote else Seen(remote),
        local_address=local_address if address_of(local_address) else "",
        port=Seen(port) if up and port and port > 0 else None,
        hold=None if hold is None else Seen(hold // 1000),
        key=Seen(bool(shown.get("authenticationEnabled"))),
        bfd=Seen(FoundBfd() if isinstance(bfd, Mapping) else None),
        multihop=None if hops is None else Seen(hops > 1),
        graceful_restart=None if mode is None else Seen(not str(mode).startswith("Disable")),
        families=Seen(frozenset(limits)) if by_family else None,
        limits=limits,
        state=Seen(state),
        reason=str(shown.get("lastResetDueTo") or shown.get("bgpStateIs") or ""),
    )
