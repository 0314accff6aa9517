"""What a router has, compared with what the nodes of a stack expect of it. Pure.

Each difference is a problem at the router's line, with the stack file's key and both values.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import Interval, readable, single_address
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import peers_of
from metallb.preflight.places import StackPlaces
from metallb.problems.codes import CODES
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Position, Problem, Severity
from metallb.routers import bird_reading, frr_reading
from metallb.routers.filters import Findings, filter_findings
from metallb.routers.found import Accepts, FoundBfd, FoundNeighbor, FoundRouter, Seen
from metallb.routers.model import Bfd, Entry, Half, Settings
from metallb.routing import BgpPeer
from metallb.stackfile import StackConfig

__all__ = ["Compared", "Comparison", "compare"]

_SHOWN = 3
_NEIGHBOR, _NODES = "\0neighbor", "\0nodes"
"""Stand in a summary for the neighbors and nodes that differ alike."""


@dataclass(frozen=True)
class Comparison:
    """What the nodes of a stack expect of the routers.

    :ivar halves: of the routers that are compared.
    :ivar others: of the stack's other routers.
    """

    stack: StackConfig
    facts: PlatformFacts | None
    halves: Sequence[Half]
    others: Sequence[Half] = ()

    def is_node(self, address: Interval) -> bool:
        """Whether nodes of the stack have an address, whatever their routers."""
        return any(
            _meets(address, each)
            for half in (*self.halves, *self.others)
            for entry in half.entries
            for each in _intervals(entry)
        )

    @cached_property
    def _peers(self) -> Mapping[str, BgpPeer]:
        facts = self.facts or PlatformFacts()
        return {peer.name: peer for peer in peers_of(self.stack, facts)}

    def place(self, peer: str, key: str) -> Location:
        """Where the stack file has a field of a peer."""
        return StackPlaces(self.stack, self.facts).of(self._peers[peer], key)


@dataclass
class Compared:
    """What a comparison found.

    :ivar notes: what could not be compared.
    """

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare(comparison: Comparison, text: str, source: str) -> Compared:
    """Compare a file of a router with the half that it should have.

    :param source: what messages call the file.
    :raises ConfigError: it is of no form that is read here, or of which router is not certain.
    """
    found = _read(text, source)
    half = _half_of(found, comparison.halves, source)
    return _Differences(comparison, half, found, source).all()


def _read(text: str, source: str) -> FoundRouter:
    """What the file has, whichever of the four forms it is in."""
    if text.lstrip()[:1] == "{":
        try:
            found = frr_reading.neighbors_json(json.loads(text))
        except ValueError as error:
            raise _unreadable(source, "E101", f"the file is not valid JSON: {error}") from None
    else:
        found = (
            frr_reading.configuration(text)
            or bird_reading.configuration(text)
            or bird_reading.protocols(text)
        )
    if found is None:
        raise _unreadable(source, "E113", "no BGP sessions of FRR or BIRD are in the file")
    return found


def _unreadable(source: str, code: str, summary: str) -> ConfigError:
    problem = Problem(
        code,
        Severity.ERROR,
        summary,
        detail="A router shows what it has as its configuration, as FRR's `show bgp neighbors "
        "json`, or as BIRD's `show protocols all`.",
        help="give one of these, whole",
        position=Position(source),
    )
    return ConfigError.of([problem], summary)


def _half_of(found: FoundRouter, halves: Sequence[Half], source: str) -> Half:
    """The router that a file is of: by its own address, else by AS number and neighbors."""
    local = {same_address(each.local_address) for each in found.neighbors if each.local_address}
    by_address = [
        half for half in halves if local & {same_address(e.address) for e in half.entries}
    ]
    by_nodes = [half for half in halves if _is_asn_of(found, half) and _has_every_node(found, half)]
    by_neighbors = [
        half
        for half in halves
        if _is_asn_of(found, half)
        and any(_overlap(each, entry) for entry in half.entries for each in found.neighbors)
    ]
    for listed in (halves, by_address, by_nodes, by_neighbors):
        if len(listed) == 1:
            return listed[0]
    names = ", ".join(half.name for half in by_address or by_nodes or by_neighbors or halves)
    problem = Problem(
        "E208",
        Severity.ERROR,
        f"which router the file is of is not certain; it may be {names}",
        detail="A file is of the router whose address it has; else its AS number and neighbors "
        "have to be those of one router alone.",
        help="give --router NAME",
        position=Position(source),
    )
    raise ConfigError.of([problem], problem.summary)


def _is_asn_of(found: FoundRouter, half: Half) -> bool:
    return half.asn in found.asns or not found.asns


def _has_every_node(found: FoundRouter, half: Half) -> bool:
    """Whether each node of a half has a neighbor of its own, so that no range is taken for it."""
    own = {each.remote for each in found.neighbors if not each.dynamic}
    ends = [single_address(end.address) for entry in half.entries for end in entry.ends]
    return bool(ends) and all(each in own for each in ends)


def _intervals(entry: Entry) -> list[Interval]:
    ends = [single_address(end.address) for end in entry.ends]
    return ends + [each for range_ in entry.ranges for each in readable(range_.blocks)]


def _overlap(neighbor: FoundNeighbor, entry: Entry) -> bool:
    remote = neighbor.remote
    return any(
        each.version == remote.version and each.first <= remote.last and remote.first <= each.last
        for each in _intervals(entry)
    )


@dataclass(frozen=True)
class _Pair:
    """A neighbor, and the nodes that it stands for.

    :ivar nodes: host names, or label selectors.
    :ivar peer: name of a BGPPeer of theirs.
    """

    entry: Entry
    neighbor: FoundNeighbor
    settings: Settings
    nodes: tuple[str, ...]
    peer: str
    origin: Location


@dataclass
class _Alike:
    """Pairs that differ alike."""

    line: int
    help: str
    pairs: list[_Pair] = field(default_factory=list)


class _Differences:
    """Collects the problems of one file."""

    def __init__(self, comparison: Comparison, half: Half, found: FoundRouter, source: str) -> None:
        self._comparison, self._half, self._found, self._source = comparison, half, found, source
        self._compared = Compared()
        self._judged: dict[tuple[str, int, int], Findings] = {}
        self._alike: dict[tuple[str, int, str, Location], _Alike] = {}

    def all(self) -> Compared:
        """Everything, in the order of the file's lines."""
        routers = {
            same_address(entry.address)
            for half in self._comparison.halves
            for entry in half.entries
        }
        others = [
            each
            for each in self._found.neighbors
            if each.dynamic or str(each.remote.first_address) not in routers
        ]
        for entry in self._half.entries:
            pairs = list(self._pairs(entry, others))
            for pair in pairs:
                self._ends(pair)
                self._watch(pair)
                self._routes(pair)
                self._state(pair)
            self._add_alike()
            self._strangers(entry, others)
            self._paths(entry)
        self._compared.problems.sort(key=lambda each: each.position.line if each.position else 0)
        return self._compared

    def _add(self, code: str, line: int, summary: str, location: Location, help: str = "") -> None:
        known = CODES[code]
        problem = Problem(
            code,
            known.severity,
            f"router {self._half.name}: {summary}",
            location,
            f"{known.requirement} {known.why[:1].upper()}{known.why[1:]} ({known.source})"
            if known.why
            else known.requirement,
            help or known.help[:1].lower() + known.help[1:].rstrip("."),
            Position(self._source, line),
        )
        if problem not in self._compared.problems:
            self._compared.problems.append(problem)

    def _differs(
        self, pair: _Pair, code: str, line: int, summary: str, location: Location, help: str = ""
    ) -> None:
        """Keep a difference: neighbors that differ alike, by one line or none, are one problem."""
        own = 0 if line == pair.neighbor.line else line
        key = (code, own, summary, location)
        alike = self._alike.setdefault(key, _Alike(own or pair.neighbor.line, help))
        alike.pairs.append(pair)

    def _add_alike(self) -> None:
        for (code, _, summary, location), alike in self._alike.items():
            names = list(dict.fromkeys(pair.neighbor.name for pair in alike.pairs))
            more = f" ({len(names) - 1} more alike)" if len(names) > 1 else ""
            nodes = _some([each for pair in alike.pairs for each in pair.nodes])
            words = summary.replace(_NEIGHBOR, names[0] + more).replace(_NODES, nodes)
            self._add(code, alike.line, words, location, alike.help)
        self._alike.clear()

    # -- who is who ----------------------------------------------------------------------------

    def _pairs(self, entry: Entry, others: Sequence[FoundNeighbor]) -> Iterator[_Pair]:
        by_neighbor: dict[tuple[int, Settings], list[_Pair]] = {}
        for end in entry.ends:
            neighbor = _best(others, single_address(end.address))
            if neighbor is None:
                self._missing(entry, f"node {end.node} ({end.address})", end.origin)
                continue
            pair = _Pair(entry, neighbor, end.settings, (end.node,), end.peer, end.origin)
            by_neighbor.setdefault((id(neighbor), end.settings), []).append(pair)
        for listed in by_neighbor.values():
            yield _together(listed)
        for each in entry.ranges:
            blocks = readable(each.blocks)
            within = [
                neighbor
                for neighbor in others
                if any(_meets(neighbor.remote, block) for block in blocks)
                and (neighbor.dynamic or _is_asn(neighbor, each.settings.node_asn) is not False)
            ]
            if not within:
                self._missing(entry, f"{each.nodes} in {', '.join(each.blocks)}", each.origin)
            for neighbor in within:
                yield _Pair(entry, neighbor, each.settings, (each.nodes,), each.peer, each.origin)

    def _missing(self, entry: Entry, who: str, origin: Location) -> None:
        self._add("E652", 0, f"no neighbor for {who}, which connects to {entry.address}", origin)

    def _strangers(self, entry: Entry, others: Sequence[FoundNeighbor]) -> None:
        """Neighbors with the nodes' AS number, where every node is known by its address."""
        if entry.ranges or any(each.internal for each in entry.settings):
            return
        numbers = {each.node_asn for each in entry.settings}
        version = single_address(entry.address).version
        for neighbor in others:
            of_nodes = any(_is_asn(neighbor, number) for number in numbers)
            if (
                of_nodes
                and neighbor.remote.version == version
                and not self._comparison.is_node(neighbor.remote)
            ):
                listed = ", ".join(str(number) for number in sorted(numbers))
                self._add(
                    "E653",
                    neighbor.line,
                    f"neighbor {neighbor.name} has the nodes' AS number {listed}, and is no node "
                    "of the stack file",
                    entry.ends[0].origin,
                )

    # -- the session ---------------------------------------------------------------------------

    def _ends(self, pair: _Pair) -> None:
        neighbor, settings = pair.neighbor, pair.settings
        remote, local = neighbor.remote_asn, neighbor.local_asn
        if remote is not None and _is_asn(neighbor, settings.node_asn) is False:
            self._differs(
                pair,
                "E654",
                remote.line,
                f"neighbor {_NEIGHBOR} is expected in AS {remote.value}, and the stack file has "
                f"AS {settings.node_asn} for {_NODES}",
                self._place(pair, "my_asn"),
            )
        if local is not None and local.value != settings.router_asn:
            self._differs(
                pair,
                "E654",
                local.line,
                f"the router has AS {local.value} for neighbor {_NEIGHBOR}, and the stack file "
                f"has AS {settings.router_asn}",
                self._place(pair, "peer_asn"),
            )
        self._port_and_hops(pair)
        self._key(pair)

    def _port_and_hops(self, pair: _Pair) -> None:
        neighbor, settings = pair.neighbor, pair.settings
        port, hops = neighbor.port, neighbor.multihop
        if port is not None and port.value != settings.port:
            self._differs(
                pair,
                "E665",
                port.line,
                f"neighbor {_NEIGHBOR} is served on TCP port {port.value}, and the stack file has "
                f"port {settings.port} for {_NODES}",
                self._place(pair, "peer_port"),
            )
        if settings.multihop and not settings.internal and hops is not None and not hops.value:
            self._differs(
                pair,
                "E658",
                hops.line,
                f"neighbor {_NEIGHBOR} is allowed one hop, and {_NODES} may be several hops away "
                "by the stack file",
                self._place(pair, "ebgp_multi_hop"),
            )

    def _key(self, pair: _Pair) -> None:
        neighbor, settings = pair.neighbor, pair.settings
        key = neighbor.key
        if key is None:
            return
        found, help = "", ""
        if neighbor.placeholder:
            found = f"neighbor {_NEIGHBOR} has the placeholder of a key, and no MD5 key"
            help = "write the key in the place of the placeholder"
        elif key.value and not settings.key:
            found = f"neighbor {_NEIGHBOR} has an MD5 key, and the stack file has none for {_NODES}"
        elif settings.key and not key.value:
            found = f"neighbor {_NEIGHBOR} has no MD5 key, and the stack file has one for {_NODES}"
        if found:
            location = self._place(pair, "password_secret")
            self._differs(pair, "E655", key.line, found, location, help)

    def _watch(self, pair: _Pair) -> None:
        neighbor, settings = pair.neighbor, pair.settings
        hold, restart = neighbor.hold, neighbor.graceful_restart
        if hold is not None and settings.hold is not None and hold.value < settings.hold:
            self._differs(
                pair,
                "E656",
                hold.line,
                f"neighbor {_NEIGHBOR} has a hold time of {hold.value} s, and the stack file has "
                f"{settings.hold} s for {_NODES}",
                self._place(pair, "hold_time"),
            )
        if settings.graceful_restart and restart is not None and not restart.value:
            self._differs(
                pair,
                "E667",
                restart.line,
                f"neighbor {_NEIGHBOR} has graceful restart switched off, and the stack file has "
                f"it for {_NODES}",
                self._place(pair, "enable_graceful_restart"),
            )
        if neighbor.bfd is not None:
            self._bfd(pair, neighbor.bfd)

    def _bfd(self, pair: _Pair, bfd: Seen[FoundBfd | None]) -> None:
        wanted = pair.settings.bfd
        found: list[str] = []
        if wanted is None and bfd.value is not None:
            found = [f"neighbor {_NEIGHBOR} has BFD, and the stack file has none for {_NODES}"]
        elif wanted is not None and bfd.value is None:
            found = [
                f"neighbor {_NEIGHBOR} has no BFD, and the stack file has profile "
                f"{wanted.profile} for {_NODES}"
            ]
        elif wanted is not None and bfd.value is not None:
            found = [
                f"BFD of neighbor {_NEIGHBOR} {words[0]} {here}{words[2]}, and profile "
                f"{wanted.profile} of the stack file {words[1]} {there}{words[2]}"
                for words, here, there in _bfd_values(bfd.value, wanted)
                if here is not None and there is not None and here != there
            ]
        for words in found:
            self._differs(pair, "E657", bfd.line, words, self._place(pair, "bfd_profile"))

    def _state(self, pair: _Pair) -> None:
        neighbor = pair.neighbor
        state = neighbor.state
        if state is not None and state.value != "Established":
            reason = f" ({neighbor.reason})" if neighbor.reason else ""
            self._differs(
                pair,
                "E664",
                state.line,
                f"the session of {_NODES} with neighbor {_NEIGHBOR} is {state.value}{reason}, "
                "not Established",
                pair.origin,
            )

    # -- routes --------------------------------------------------------------------------------

    def _routes(self, pair: _Pair) -> None:
        neighbor, settings = pair.neighbor, pair.settings
        families = neighbor.families
        for version in settings.families:
            if families is not None and version not in families.value:
                several = len(settings.families) > 1
                self._differs(
                    pair,
                    "E663",
                    families.line,
                    f"neighbor {_NEIGHBOR} has no IPv{version}, and the stack file has it for "
                    f"{_NODES}",
                    self._place(pair, "dual_stack_address_family") if several else pair.origin,
                )
                continue
            self._filter(pair, version)
            self._limit(pair, version)
        exports = neighbor.exports
        if exports is not None and exports.value:
            what = f"neighbor {_NEIGHBOR} gets routes, and MetalLB takes none"
            self._differs(pair, "E666", exports.line, what, pair.origin)

    def _filter(self, pair: _Pair, version: int) -> None:
        accepts = pair.neighbor.accepts.get(version)
        if accepts is None:
            return
        findings = self._findings(pair, version, accepts)
        pools = ("metallb:addressPools",)
        if findings.refused:
            words = (
                f"neighbor {_NEIGHBOR} may not announce {_some(findings.refused)}, and the pools "
                "of the stack file have that"
            )
            self._differs(pair, "E659", accepts.line, words, pools)
        if findings.taken:
            words = (
                f"neighbor {_NEIGHBOR} may announce {_some(findings.taken)}, and no pool of the "
                "stack file has that"
            )
            self._differs(pair, "E660", accepts.line, words, pools)
        if findings.unknown:
            name = pair.neighbor.name
            note = f"{self._source}: the IPv{version} filter of neighbor {name} was not compared"
            if note not in self._compared.notes:
                self._compared.notes.append(note)

    def _findings(self, pair: _Pair, version: int, accepts: Seen[Accepts]) -> Findings:
        """What a filter differs in; neighbors that have it from one line have the same one."""
        if accepts.line in (0, pair.neighbor.line):
            return filter_findings(pair.entry, version, accepts.value)
        key = (pair.entry.key, version, accepts.line)
        if key not in self._judged:
            self._judged[key] = filter_findings(pair.entry, version, accepts.value)
        return self._judged[key]

    def _limit(self, pair: _Pair, version: int) -> None:
        limit = pair.neighbor.limits.get(version)
        wanted = self._half.limit(pair.entry, version)
        if limit is None or limit.value.count is None or limit.value.count >= wanted:
            return
        given = self._half.max_prefixes is not None
        says = "the stack file has" if given else "the pools can announce"
        self._differs(
            pair,
            "E661",
            limit.line,
            f"neighbor {_NEIGHBOR} may announce {limit.value.count} IPv{version} prefixes, and "
            f"{says} {wanted}",
            ("metallb:bgp", "maxPrefixes") if given else ("metallb:addressPools",),
        )

    def _paths(self, entry: Entry) -> None:
        for settings in entry.settings:
            for version in settings.families:
                paths = self._found.paths.get((version, settings.internal))
                nodes = self._half.nodes
                if paths is not None and nodes is not None and paths.value < self._half.paths:
                    self._add(
                        "E662",
                        paths.line,
                        f"the router spreads an IPv{version} address over {paths.value} next "
                        f"hops, and {nodes} nodes announce it",
                        ("metallb:bgp", "ecmpLimit"),
                    )

    def _place(self, pair: _Pair, key: str) -> Location:
        return self._comparison.place(pair.peer, key)


def _together(listed: Sequence[_Pair]) -> _Pair:
    """One pair for all nodes that one neighbor stands for."""
    return replace(listed[0], nodes=tuple(node for each in listed for node in each.nodes))


def _best(neighbors: Iterable[FoundNeighbor], address: Interval) -> FoundNeighbor | None:
    """The neighbor of an address: by itself, or the smallest range that holds it."""
    found = [each for each in neighbors if _meets(each.remote, address)]
    return min(found, key=lambda each: each.remote.size, default=None)


def _meets(one: Interval, other: Interval) -> bool:
    same = one.version == other.version
    return same and one.first <= other.last and other.first <= one.last


def _is_asn(neighbor: FoundNeighbor, number: int) -> bool | None:
    """Whether a neighbor is expected in an AS; None where that is not known."""
    remote = neighbor.remote_asn
    if remote is None:
        return None
    if remote.value in ("internal", "external"):
        local = neighbor.local_asn
        same = None if local is None else local.value == number
        return None if same is None else same is (remote.value == "internal")
    return remote.value == number


def _bfd_values(
    found: FoundBfd, wanted: Bfd
) -> Iterator[tuple[tuple[str, str, str], int | None, int | None]]:
    """Words and values of what both ends have: what one sends, the other one receives."""
    yield ("sends every", "receives every", " ms"), found.transmit, wanted.receive
    yield ("receives every", "sends every", " ms"), found.receive, wanted.transmit
    yield ("has multiplier", "has multiplier", ""), found.multiplier, wanted.multiplier


def _some(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:_SHOWN])
    return shown + (f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")
