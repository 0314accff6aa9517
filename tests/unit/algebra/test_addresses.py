"""Single addresses: what Go reads, and one spelling for each."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.algebra.addresses import (
    address_at,
    address_of,
    bits_of,
    compressed,
    is_left_out,
    parse_address,
    same_address,
    shared_length,
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
IPV4 = st.ip_addresses(v=4)


@given(st.ip_addresses())
def test_every_spelling_of_an_address_is_the_same(address: Address) -> None:
    spellings = {str(address), str(address).upper(), address.exploded}
    assert len({same_address(text) for text in spellings}) == 1
    assert len({address_of(text) for text in spellings}) == 1
    assert same_address(same_address(str(address))) == same_address(str(address))


@given(IPV4)
def test_ipv4_in_ipv6_notation_is_the_ipv4_address(address: ipaddress.IPv4Address) -> None:
    assert address_of(f"::ffff:{address}") == address_of(str(address)) == address
    assert same_address(f"::FFFF:{address}") == str(address)
    assert compressed(f"::FFFF:{address}").startswith("::ffff:")


@given(st.ip_addresses())
def test_an_address_is_its_version_and_number(address: Address) -> None:
    assert address_at(address.version, int(address)) == address
    assert bits_of(address.version) == address.max_prefixlen


@given(IPV4, IPV4)
def test_the_shared_length_is_that_of_the_smallest_block_with_both(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    length = shared_length(one, other)
    assert other in ipaddress.ip_network(f"{one}/{length}", strict=False)
    if length < 32:
        assert other not in ipaddress.ip_network(f"{one}/{length + 1}", strict=False)


@given(IPV4)
def test_addresses_at_the_ends_of_a_24_are_left_out(address: ipaddress.IPv4Address) -> None:
    assert is_left_out(address) is (str(address).rpartition(".")[2] in ("0", "255"))


@pytest.mark.parametrize(
    "text", [None, "", "10.0.0", "010.0.0.1", "10.0.0.1/32", " 10.0.0.1", "fe80::1%eth0", "host"]
)
def test_what_go_does_not_read_is_no_address(text: str | None) -> None:
    assert address_of(text) is None
    assert same_address(text) == (text or "")
    with pytest.raises(ValueError, match=r"zone|not an IP address"):
        parse_address(text or "")
