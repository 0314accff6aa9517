"""Address intervals: what MetalLB reads, and a sweep that finds what pairs would find."""

import ipaddress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.algebra.intervals import (
    Interval,
    IntervalIndex,
    block_of,
    interval_of,
    merged,
    overlaps,
    parse_interval,
    prefix_lengths,
    readable,
    same_blocks,
)
from metallb.algebra.spelling import meant_block

SMALL = st.builds(
    lambda version, first, size: Interval(version, first, first + size),
    st.sampled_from((4, 6)),
    st.integers(0, 40),
    st.integers(0, 8),
)


def meets(one: Interval, other: Interval) -> bool:
    return one.version == other.version and one.first <= other.last and other.first <= one.last


@given(st.lists(SMALL, max_size=14))
def test_the_sweep_finds_an_overlap_wherever_comparing_pairs_does(found: list[Interval]) -> None:
    pairs = list(overlaps(found))
    assert all(meets(found[a], found[b]) and a != b for a, b in pairs)
    order = sorted(
        range(len(found)), key=lambda i: (found[i].version, found[i].first, -found[i].last, i)
    )
    expected = {
        later
        for position, later in enumerate(order)
        if any(meets(found[later], found[earlier]) for earlier in order[:position])
    }
    assert {index for index, _ in pairs} == expected


@given(st.lists(SMALL, max_size=12), SMALL)
def test_the_index_finds_a_neighbour_wherever_comparing_all_does(
    entries: list[Interval], query: Interval
) -> None:
    hit = IntervalIndex((entry, str(i)) for i, entry in enumerate(entries)).hit(query)
    assert (hit is not None) == any(meets(entry, query) for entry in entries)
    assert hit is None or meets(hit[0], query)


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_a_range_splits_into_the_blocks_that_the_standard_library_makes(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    first, last = sorted((one, other))
    read = parse_interval(f"{first} - {last}")
    expected = [block.prefixlen for block in ipaddress.summarize_address_range(first, last)]
    assert list(prefix_lengths(read)) == expected


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_block_covers_what_the_standard_library_says(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int
) -> None:
    length = min(length, address.max_prefixlen)
    if getattr(address, "ipv4_mapped", None):
        return
    read = parse_interval(f"{address}/{length}")
    block = ipaddress.ip_network(f"{address}/{length}", strict=False)
    assert (read.first, read.size) == (int(block.network_address), block.num_addresses)
    assert list(prefix_lengths(read)) == [length]


@pytest.mark.parametrize(
    ("text", "length", "blocks"),
    [
        ("203.0.113.0/28", 32, 16),
        ("203.0.113.0/28", 28, 1),
        ("203.0.113.0/28", 24, 1),
        ("203.0.113.10-203.0.113.20", 32, 11),
        ("203.0.113.10-203.0.113.20", 28, 2),
        ("2001:db8::/64", 128, 2**64),
    ],
)
def test_announced_prefixes_are_counted_by_their_length(
    text: str, length: int, blocks: int
) -> None:
    assert parse_interval(text).blocks(length) == blocks


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "/",
        "203.0.113.1",
        "203.0.113.0/",
        "203.0.113.0/-1",
        "203.0.113.0/+4",
        "203.0.113.0/33",
        "203.0.113.0/99999999999999999999",
        "203.0.113.0/255.255.255.0",
        "203.0.113.9-203.0.113.1",
        "203.0.113.1-2001:db8::1",
        "203.0.113.1-203.0.113.2-203.0.113.3",
        "010.0.0.0/24",
        "fe80::1%eth0/64",
        "::ffff:10.0.0.0/112",
        "host.example.net/24",
    ],
)
def test_what_metallb_does_not_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (" 203.0.113.4", "203.0.113.4/32"),
        ("203.0.113.0 / 28", "203.0.113.0/28"),
        ("203.0.113.9 - 203.0.113.1", "203.0.113.1-203.0.113.9"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("::ffff:203.0.113.0/124", "203.0.113.0/28"),
        ("::ffff:203.0.113.0/95", ""),
        # Two numbers with a space between them are not one.
        ("203.0.113.1 2", ""),
        ("203.0.113.0/2 8", ""),
        ("host.example.net/24", ""),
        ("203.0.113.1 to 203.0.113.9", "203.0.113.1-203.0.113.9"),
        ("203.0.113.1-9", "203.0.113.1-203.0.113.9"),
        ("203.0.113.9-1", "203.0.113.1-203.0.113.9"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
    ],
)
def test_what_was_meant_is_known_only_where_nothing_else_can_be(text: str, meant: str) -> None:
    assert meant_block(text) == meant


def numbers(intervals: list[Interval]) -> set[tuple[int, int]]:
    return {(one.version, at) for one in intervals for at in range(one.first, one.last + 1)}


@given(st.lists(SMALL, max_size=12))
def test_merging_keeps_the_addresses_and_leaves_no_neighbours(found: list[Interval]) -> None:
    result = merged(found)
    assert numbers(result) == numbers(found)
    assert sum(one.size for one in result) == len(numbers(found))
    assert merged(result) == result
    for one, other in pairwise(result):
        assert one.version != other.version or one.last + 1 < other.first


@given(SMALL, st.lists(SMALL, max_size=6))
def test_a_part_that_is_taken_out_is_out(whole: Interval, holes: list[Interval]) -> None:
    inside = [hole for hole in merged(holes) if whole.covers(hole)]
    assert numbers(whole.without(inside)) == numbers([whole]) - numbers(inside)


@given(SMALL, SMALL)
def test_what_covers_another_one_holds_all_its_addresses(one: Interval, other: Interval) -> None:
    assert one.covers(other) is (numbers([other]) <= numbers([one]))
    assert one.holds(other.first_address) is ((other.version, other.first) in numbers([one]))


@given(st.integers(0, 3000), st.integers(0, 1500))
def test_addresses_that_are_left_out_are_counted_as_one_by_one(first: int, size: int) -> None:
    interval = Interval(4, first, first + size)
    listed = [at for at in range(first, first + size + 1) if at % 256 in (0, 255)]
    assert interval.left_out == len(listed)
    assert Interval(6, first, first + size).left_out == 0


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_block_is_written_by_its_first_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int
) -> None:
    if getattr(address, "ipv4_mapped", None):
        return
    text = f"{address}/{min(length, address.max_prefixlen)}"
    block = block_of(text)
    assert parse_interval(block) == parse_interval(text)
    assert block == parse_interval(text).block == str(ipaddress.ip_network(text, strict=False))
    assert block_of(block) == block


@given(st.ip_addresses(v=4), st.integers(20, 32))
def test_a_block_and_the_range_of_its_addresses_are_the_same(
    address: ipaddress.IPv4Address, length: int
) -> None:
    block = ipaddress.ip_network(f"{address}/{length}", strict=False)
    middle = block[block.num_addresses // 2]
    pieces = [f"{middle}-{block[-1]}", f"{block[0]}-{middle}"]
    assert same_blocks([str(block)]) == same_blocks(pieces)
    assert same_blocks([str(block), "none"]) != same_blocks(pieces)


@given(st.text(alphabet="0123456789abf.:/- %", max_size=24))
def test_every_text_is_an_interval_or_none_and_a_guess_is_one(text: str) -> None:
    assert (interval_of(text) is None) is (readable([text]) == [])
    assert meant_block(text) == "" or interval_of(meant_block(text)) is not None
