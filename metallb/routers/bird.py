"""BIRD 2: the router's half as a whole configuration, or the parts of it that a router lacks.

Source: BIRD 2.0 user's guide (protocols bgp, kernel and bfd; filters); checked with BIRD 2.0.12.
"""

import re
from collections.abc import Iterator, Sequence

from metallb.routers.model import Admitted, Entry, Half, Settings, Term
from metallb.routers.wording import opening, placeholder

__all__ = ["SUFFIX", "symbol", "text"]

SUFFIX = ".bird.conf"
_LONGEST = 60
"""BIRD takes 64 characters, and some are left for what distinguishes two names."""


def text(half: Half, stack: str) -> str:
    """The configuration.

    :param stack: the stack's name.
    """
    lines = [f"# {each}" for each in opening(half, stack, "bird", _decisions(half))]
    lines += ["", "protocol device { }"]
    if _resolves(half):
        channels = " ".join(f"ipv{version};" for version in half.families)
        lines += ["", f"protocol direct {{ {channels} }}"]
    for version in half.families:
        lines += ["", *_kernel(half, version)]
    if any(each.bfd for each in half.settings):
        lines += ["", "protocol bfd { }"]
    for entry in half.entries:
        for version in entry.families:
            lines += ["", *_filter(half, entry, version)]
    names = _Names()
    for entry in half.entries:
        for position, settings in enumerate(entry.settings):
            template = names.of(_own(half, entry) + (f"_{position + 1}" if position else ""))
            lines += ["", *_template(half, entry, settings, template), ""]
            lines += _protocols(half, entry, settings, template, names)
    return "\n".join(lines) + "\n"


def _decisions(half: Half) -> Iterator[str]:
    yield (
        "A router that has a device, direct, kernel or bfd protocol already keeps its own; its "
        "kernel protocol needs `merge paths on`."
    )
    if _resolves(half):
        yield (
            "BIRD looks next hops of these sessions up in its own table: it has to have routes to "
            "nodes that are on no network of the router."
        )
    if all(":" in entry.address for entry in half.entries):
        yield "BIRD needs `router id` where the router has no IPv4 address."


def _resolves(half: Half) -> bool:
    """Whether any session is not bound to an interface (BIRD's `gateway recursive`, the default of
    iBGP and multihop): without routes in the table its routes are unreachable."""
    return any(each.internal or each.multihop for each in half.settings)


class _Names:
    """Different symbols for different things."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, name: str) -> str:
        """A symbol that is not used yet."""
        base = symbol(name)
        found, number = base, 1
        while found in self._used:
            number += 1
            found = f"{base}_{number}"
        self._used.add(found)
        return found


def symbol(name: str) -> str:
    """A name as BIRD's grammar takes it without quotes."""
    plain = re.sub(r"[^A-Za-z0-9]", "_", name)[:_LONGEST]
    return plain if plain[:1].isalpha() else f"n_{plain}"


def _own(half: Half, entry: Entry) -> str:
    several = len(half.entries) > 1
    return f"metallb_{half.name}" + (f"_{half.entries.index(entry) + 1}" if several else "")


def _kernel(half: Half, version: int) -> Iterator[str]:
    yield "protocol kernel {"
    yield f"    merge paths on limit {half.paths};"
    yield f"    ipv{version} {{ import none; export where source = RTS_BGP; }};"
    yield "}"


def _filter(half: Half, entry: Entry, version: int) -> Iterator[str]:
    yield f"filter {_filter_name(half, entry, version)} {{"
    for term in entry.terms:
        listed = term.of(version)
        if listed:
            yield from (f"    {line}" for line in _condition(term, listed))
    yield from ("    reject;", "}")


def _filter_name(half: Half, entry: Entry, version: int) -> str:
    return symbol(f"{_own(half, entry)}_ipv{version}_in")


def _condition(term: Term, listed: Sequence[Admitted]) -> Iterator[str]:
    yield f"# {term.name}"
    conditions = "".join(
        f" && ({', '.join(map(str, each))}) ~ {name}"
        for name, values in (
            ("bgp_community", term.communities.standard),
            ("bgp_large_community", term.communities.large),
        )
        for each in values
    )
    prefixes = [
        f"{each.block.first_address}/{each.block_length}{{{each.length},{each.length}}}"
        for each in listed
    ]
    if len(prefixes) == 1:
        yield f"if net ~ [ {prefixes[0]} ]{conditions} then accept;"
        return
    yield "if net ~ ["
    yield from (f"    {each}," for each in prefixes[:-1])
    yield from (f"    {prefixes[-1]}", f"]{conditions} then accept;")


def _template(half: Half, entry: Entry, settings: Settings, name: str) -> Iterator[str]:
    port = f" port {settings.port}" if settings.port != 179 else ""
    yield f"template bgp {name} {{"
    yield f"    local {entry.address}{port} as {settings.router_asn};"
    yield "    passive on;"
    if settings.multihop and not settings.internal:
        yield "    multihop;"
    if settings.hold is not None:
        yield f"    hold time {settings.hold};"
        if settings.hold:
            yield f"    keepalive time {settings.keepalive};"
    yield "    error wait time 1, 2;"
    if settings.key:
        yield f'    password "{placeholder(settings)}";'
    yield from _bfd(settings)
    # FRR has both capabilities without a word in its configuration, and BIRD would keep the routes
    # of a node that fell silent.
    yield f"    graceful restart {'aware' if settings.graceful_restart else 'off'};"
    yield "    long lived graceful restart off;"
    for version in settings.families:
        yield f"    ipv{version} {{"
        yield f"        import filter {_filter_name(half, entry, version)};"
        yield f"        import limit {half.limit(entry, version)} action restart;"
        yield "        export none;"
        yield "    };"
    yield "}"


def _bfd(settings: Settings) -> Iterator[str]:
    """The other end of a profile: what the node sends is received here."""
    profile = settings.bfd
    if profile is None:
        return
    values = (
        ("min tx interval", profile.receive, " ms"),
        ("min rx interval", profile.transmit, " ms"),
        ("multiplier", profile.multiplier, ""),
    )
    listed = " ".join(f"{key} {value}{unit};" for key, value, unit in values if value is not None)
    yield f"    bfd {{ {listed} }};" if listed else "    bfd on;"


def _protocols(
    half: Half, entry: Entry, settings: Settings, template: str, names: _Names
) -> Iterator[str]:
    second = half.entries.index(entry) > 0
    for end in entry.ends:
        if end.settings == settings:
            name = names.of(f"{end.node}_v6" if second else end.node)
            yield (
                f"protocol bgp {name} from {template} "
                f"{{ neighbor {end.address} as {settings.node_asn}; }}"
            )
    for each in entry.ranges:
        for block in entry.own_blocks(each) if each.settings == settings else ():
            name = names.of(f"{_own(half, entry)}_range")
            yield f"protocol bgp {name} from {template} {{"
            yield f"    neighbor range {block} as {settings.node_asn};"
            yield f'    dynamic name "{symbol(half.name)}_";'
            yield "}"
