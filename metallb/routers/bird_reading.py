"""BIRD's configuration, and what `show protocols all` prints.

Source: BIRD 2.0 user's guide (protocols bgp and kernel); proto/bgp/bgp.c for the output. Checked
with BIRD 2.0.12.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from metallb.algebra.intervals import Interval, interval_of, single_address
from metallb.routers.bird_filter import judge_condition, judge_filter
from metallb.routers.bird_words import Statement, Word, statements, words_of
from metallb.routers.found import (
    Accepts,
    FoundBfd,
    FoundNeighbor,
    FoundRouter,
    Limit,
    Route,
    Seen,
)

__all__ = ["configuration", "protocols"]

_PLACEHOLDER = "MD5-KEY-OF-"
_HOLD = 240
"""BIRD's own hold time."""
_CHANNELS = {"ipv4": 4, "ipv6": 6}
_MERGED = 16
"""Next hops of `merge paths on` without a limit."""


@dataclass
class _Protocol:
    """A protocol, or a template: its options by their first words, and its channels."""

    name: str
    line: int
    options: list[Statement] = field(default_factory=list)
    channels: dict[int, list[Statement]] = field(default_factory=dict)

    def option(self, *words: str) -> Statement | None:
        """The last option that begins with some words."""
        return _last(self.options, words)


def _last(options: Sequence[Statement], words: Sequence[str]) -> Statement | None:
    found = [each for each in options if each.texts[: len(words)] == list(words)]
    return found[-1] if found else None


def configuration(text: str) -> FoundRouter | None:
    """What a configuration has; None where it is none of BIRD's."""
    reader = _Reader()
    for statement in statements(words_of(text)):
        reader.take(statement)
    if not reader.protocols:
        return None
    found = tuple(each for protocol in reader.protocols for each in reader.neighbors(protocol))
    asns = {each.local_asn.value for each in found if each.local_asn is not None}
    return FoundRouter("BIRD configuration", found, frozenset(asns), reader.paths)


class _Reader:
    """Goes through the statements of a configuration."""

    def __init__(self) -> None:
        self.protocols: list[_Protocol] = []
        self.paths: dict[tuple[int, bool], Seen[int]] = {}
        self._templates: dict[str, _Protocol] = {}
        self._filters: dict[str, tuple[Word, ...]] = {}
        self._constants: dict[str, tuple[Word, ...]] = {}

    def take(self, statement: Statement) -> None:
        match statement.texts:
            case ["define", name, "=", *_]:
                self._constants[name] = statement.words[3:]
            case ["filter", name, *_] if statement.block is not None:
                self._filters[name] = statement.block
            case ["template", "bgp", *rest]:
                made = self._protocol(rest, statement)
                self._templates[made.name] = made
            case ["protocol", "bgp", *rest]:
                self.protocols.append(self._protocol(rest, statement))
            case ["protocol", "kernel", *_]:
                self._kernel(statement)

    def _protocol(self, rest: list[str], statement: Statement) -> _Protocol:
        name = rest[0] if rest and rest[0] != "from" else ""
        made = _Protocol(name, statement.line)
        if "from" in rest[:-1]:
            base = self._templates.get(rest[rest.index("from") + 1])
            if base is not None:
                made.options += base.options
                made.channels.update({key: list(value) for key, value in base.channels.items()})
        for option in statements(statement.block or ()):
            version = _CHANNELS.get(option.texts[0]) if option.words else None
            if version is None:
                made.options.append(option)
            else:
                inner = made.channels.setdefault(version, [])
                inner += statements(option.block or ())
        return made

    def _kernel(self, statement: Statement) -> None:
        options = list(statements(statement.block or ()))
        merged = _last(options, ("merge", "paths"))
        count = 1
        if merged is not None and "off" not in merged.texts:
            limit = merged.texts[-1]
            count = int(limit) if "limit" in merged.texts and limit.isdecimal() else _MERGED
        line = merged.line if merged is not None else statement.line
        for option in options:
            version = _CHANNELS.get(option.texts[0]) if option.words else None
            for internal in (True, False) if version is not None else ():
                self.paths[(version or 4, internal)] = Seen(count, line)

    def neighbors(self, protocol: _Protocol) -> Iterator[FoundNeighbor]:
        """The neighbor of a protocol, where it has one."""
        neighbor = protocol.option("neighbor")
        if neighbor is None:
            return
        address = next((w for w in neighbor.words if w.kind in ("address", "prefix")), None)
        remote = None if address is None else _remote(address)
        if address is None or remote is None:
            return
        name = address.text if remote.size > 1 else f"{address.text} ({protocol.name})"
        yield self._found(protocol, neighbor, name, remote)

    def _found(
        self, protocol: _Protocol, neighbor: Statement, name: str, remote: Interval
    ) -> FoundNeighbor:
        local = protocol.option("local")
        hold = protocol.option("hold", "time")
        password = protocol.option("password")
        key = "" if password is None else password.texts[-1]
        restart = protocol.option("graceful", "restart")
        line = neighbor.line
        channels = protocol.channels
        local_asn = None if local is None else _after(local, "as")
        remote_asn = _after(neighbor, "as")
        internal = remote_asn is not None and local_asn is not None
        internal = internal and remote_asn == local_asn
        multihop = protocol.option("multihop")
        port = None if local is None else _after(local, "port")
        return FoundNeighbor(
            name=name,
            remote=remote,
            line=line,
            local_asn=None if local is None or local_asn is None else Seen(local_asn, local.line),
            remote_asn=self._remote_asn(neighbor, remote_asn),
            local_address="" if local is None else _address(local),
            port=Seen(179 if port is None else port, line if local is None else local.line),
            hold=_hold(hold),
            key=Seen(password is not None, line if password is None else password.line),
            placeholder=key.startswith(_PLACEHOLDER),
            bfd=_bfd(protocol, line),
            multihop=Seen(internal or multihop is not None, line),
            graceful_restart=Seen(
                restart is None or "off" not in restart.texts,
                line if restart is None else restart.line,
            ),
            families=Seen(frozenset(channels), line),
            limits={version: _limit(options, line) for version, options in channels.items()},
            accepts={
                version: self._accepts(options, line) for version, options in channels.items()
            },
            exports=_exports(channels, line),
        )

    def _remote_asn(self, neighbor: Statement, number: int | None) -> Seen[int | str] | None:
        for word in ("internal", "external"):
            if word in neighbor.texts:
                return Seen(word, neighbor.line)
        return None if number is None else Seen(number, neighbor.line)

    def _accepts(self, options: Sequence[Statement], line: int) -> Seen[Accepts]:
        found = [
            each
            for each in options
            if each.texts[:1] == ["import"] and each.texts[1:2] not in (["limit"], ["keep"])
        ]
        if not found:
            return Seen(partial(_always, verdict=True), line)
        last = found[-1]
        match last.texts[1:]:
            case ["all"]:
                return Seen(partial(_always, verdict=True), last.line)
            case ["none"]:
                return Seen(partial(_always, verdict=False), last.line)
            case ["where", *_]:
                return Seen(
                    partial(_condition, words=last.words[2:], constants=self._constants), last.line
                )
            case ["filter", *name]:
                body = last.block if last.block is not None else self._filters.get("".join(name))
                if body is not None:
                    return Seen(partial(_filter, words=body, constants=self._constants), last.line)
        return Seen(_unknown, last.line)


def _always(route: Route, *, verdict: bool) -> bool:
    del route
    return verdict


def _unknown(route: Route) -> None:
    del route


def _filter(
    route: Route, *, words: Sequence[Word], constants: Mapping[str, Sequence[Word]]
) -> bool | None:
    return judge_filter(words, route, constants)


def _condition(
    route: Route, *, words: Sequence[Word], constants: Mapping[str, Sequence[Word]]
) -> bool | None:
    return judge_condition(words, route, constants)


def _remote(word: Word) -> Interval | None:
    if word.kind == "prefix":
        return interval_of(word.text)
    try:
        return single_address(word.text)
    except ValueError:
        return None


def _after(statement: Statement, key: str) -> int | None:
    """The number behind a word; None where it is none."""
    texts = statement.texts
    if key not in texts[:-1]:
        return None
    text = texts[texts.index(key) + 1]
    return int(text) if text.isdecimal() else None


def _address(statement: Statement) -> str:
    return next((word.text for word in statement.words if word.kind == "address"), "")


def _hold(option: Statement | None) -> Seen[int] | None:
    if option is None:
        return Seen(_HOLD)
    text = option.texts[2] if len(option.texts) > 2 else ""
    return Seen(int(text), option.line) if text.isdecimal() else None


def _bfd(protocol: _Protocol, line: int) -> Seen[FoundBfd | None]:
    option = protocol.option("bfd")
    if option is None or "off" in option.texts or "no" in option.texts:
        return Seen(None, line if option is None else option.line)
    values: dict[str, int] = {}
    for each in statements(option.block or ()):
        numbers = [word for word in each.words if word.kind == "number"]
        if numbers:
            scale = 1000 if each.texts[-1] == "s" else 1
            words = " ".join(text for text in each.texts if text.isalpha() and text != "ms")
            values[words.removesuffix(" s")] = int(numbers[0].text) * scale
    both = values.get("interval")
    found = FoundBfd(
        transmit=values.get("min tx interval", both),
        receive=values.get("min rx interval", both),
        multiplier=values.get("multiplier"),
    )
    return Seen(found, option.line)


def _limit(options: Sequence[Statement], line: int) -> Seen[Limit]:
    for key in ("import", "receive"):
        found = _last(options, (key, "limit"))
        if found is None or len(found.texts) < 3:
            continue
        warns = found.texts[-1] == "warn"
        number = found.texts[2]
        return Seen(Limit(int(number) if number.isdecimal() and not warns else None), found.line)
    return Seen(Limit(None), line)


def _exports(channels: Mapping[int, Sequence[Statement]], line: int) -> Seen[bool] | None:
    verdicts: list[bool] = []
    for options in channels.values():
        found = _last(options, ("export",))
        words = ["none"] if found is None else found.texts[1:]
        if words == ["all"]:
            return Seen(value=True, line=line if found is None else found.line)
        verdicts.append(words == ["none"])
    return Seen(value=False, line=line) if all(verdicts) else None


# -- show protocols all -----------------------------------------------------------------------

_HEAD = re.compile(r"^(\S+)\s+BGP\s+\S+\s+(\S+)\s+(\S+(?: \S+)?)\s*(.*)$")
_FIELD = re.compile(r"^\s+([A-Za-z][A-Za-z0-9 /()-]*?):\s*(.*)$")
_CHANNEL = re.compile(r"^\s+Channel (ipv[46])\s*$")


def protocols(text: str) -> FoundRouter | None:
    """What `show protocols all` shows; None where it is something else."""
    found: list[FoundNeighbor] = []
    for head, lines, number in _blocks(text):
        neighbor = _shown(head, lines, number)
        if neighbor is not None:
            found.append(neighbor)
    if not found:
        return None
    asns = {each.local_asn.value for each in found if each.local_asn is not None}
    return FoundRouter("BIRD's protocols", tuple(found), frozenset(asns))


def _blocks(text: str) -> Iterator[tuple[re.Match[str], list[str], int]]:
    """The head and the lines of each BGP protocol, with the head's line number."""
    head: re.Match[str] | None = None
    lines: list[str] = []
    start = 0
    for number, raw in enumerate(text.splitlines(), 1):
        # A client that is not a terminal gets replies with their codes in front.
        line = re.sub(r"^(?:\d{4}[- ]| (?=\S+\s+BGP))", "", raw)
        if line[:1].strip():
            if head is not None:
                yield head, lines, start
            head, lines, start = _HEAD.match(line), [], number
        else:
            lines.append(line)
    if head is not None:
        yield head, lines, start


def _shown(head: re.Match[str], lines: Sequence[str], line: int) -> FoundNeighbor | None:
    values: dict[str, str] = {}
    channels: dict[int, dict[str, str]] = {}
    current = values
    for each in lines:
        if match := _CHANNEL.match(each):
            current = channels.setdefault(_CHANNELS[match[1]], {})
        elif match := _FIELD.match(each):
            current.setdefault(match[1], match[2].strip())
    place = values.get("Neighbor range") or values.get("Neighbor address", "").partition("%")[0]
    try:
        remote = interval_of(place) or single_address(place)
    except ValueError:
        return None
    state = values.get("BGP state", head[2])
    hold = values.get("Hold timer", "").partition("/")[2]
    limits = {
        version: Seen(Limit(_first(shown["Import limit"])))
        for version, shown in channels.items()
        if "Import limit" in shown
    }
    accepts: dict[int, Seen[Accepts]] = {}
    for version, shown in channels.items():
        word = shown.get("Input filter", "")
        if word in ("ACCEPT", "REJECT"):
            accepts[version] = Seen(partial(_always, verdict=word == "ACCEPT"), line)
    outputs = [shown.get("Output filter", "") for shown in channels.values()]
    dynamic = remote.size > 1
    local, neighbor = _first(values.get("Local AS", "")), _first(values.get("Neighbor AS", ""))
    return FoundNeighbor(
        name=f"{place} ({head[1]})",
        remote=remote,
        line=line,
        local_asn=None if local is None else Seen(local, line),
        remote_asn=None if neighbor is None else Seen(neighbor, line),
        local_address=values.get("Source address", ""),
        hold=None if not hold.isdecimal() else Seen(int(hold), line),
        families=Seen(frozenset(channels), line),
        limits=limits,
        accepts=accepts,
        exports=_shown_exports(outputs, line),
        # A range waits for connections, whose protocols are shown besides.
        state=None if dynamic else Seen(state, line),
        reason=values.get("Last error", ""),
    )


def _shown_exports(outputs: Sequence[str], line: int) -> Seen[bool] | None:
    if "ACCEPT" in outputs:
        return Seen(value=True, line=line)
    return Seen(value=False, line=line) if all(each == "REJECT" for each in outputs) else None


def _first(text: str) -> int | None:
    """The number that a text begins with."""
    word = text.split()[0] if text.split() else ""
    return int(word) if word.isdecimal() else None
