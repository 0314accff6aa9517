"""What a router has against what the nodes expect: each difference by code, line, both values."""

import json
from collections.abc import Sequence

import pytest

from metallb.problems.errors import ConfigError
from metallb.routers import frr_reading
from metallb.routers.build import halves_of
from metallb.routers.compare import Compared, Comparison, compare
from metallb.routers.dialects import DIALECTS
from metallb.routers.found import Route
from tests.unit.routers.sites import KEY, NODES, site

STACK = site(bgp={"maxPrefixes": 400})
TOR1, TOR2 = halves_of(STACK, None, NODES)
WRITTEN = {
    "frr": DIALECTS["frr"].text(TOR1, "dc1").replace("MD5-KEY-OF-bgp-password", KEY),
    "bird": DIALECTS["bird"].text(TOR1, "dc1").replace("MD5-KEY-OF-bgp-password", KEY),
}


def compared(text: str, routers: Sequence[object] = (TOR1,)) -> Compared:
    return compare(Comparison(STACK, None, routers), text, "tor.conf")  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", WRITTEN)
def test_the_written_file_with_a_key_differs_in_nothing(dialect: str) -> None:
    found = compared(WRITTEN[dialect])
    assert (found.problems, found.notes) == ([], [])


P4 = "metallb-rack-a-tor-1"
EDITS = {
    # dialect, what is replaced (once) by what, code, the words of both ends, the line's text
    "frr: no neighbor": (
        "frr", f" neighbor 10.1.0.11 peer-group {P4}\n neighbor 10.1.0.11 description a1\n", "",
        "E652", ("a1 (10.1.0.11)", "10.1.0.1"), None),
    "bird: no neighbor": (
        "bird", "protocol bgp a1 from metallb_rack_a_tor_1_1 { neighbor 10.1.0.11 as 64512; }", "",
        "E652", ("a1 (10.1.0.11)", "10.1.0.1"), None),
    "frr: a stranger": (
        "frr", " neighbor 10.1.0.11 description a1\n",
        f" neighbor 10.1.0.11 description a1\n neighbor 10.1.0.99 peer-group {P4}\n",
        "E653", ("10.1.0.99", "64512"), "neighbor 10.1.0.99"),
    "bird: a stranger": (
        "bird", "protocol bgp a1 from",
        "protocol bgp x from metallb_rack_a_tor_1_1 { neighbor 10.1.0.99 as 64512; }\n"
        "protocol bgp a1 from",
        "E653", ("10.1.0.99", "64512"), "10.1.0.99"),
    "frr: another remote AS": (
        "frr", f"neighbor {P4} remote-as 64512", f"neighbor {P4} remote-as 64999",
        "E654", ("64999", "64512"), "remote-as 64999"),
    "frr: another AS of its own": (
        "frr", "router bgp 64601", "router bgp 64888",
        "E654", ("64888", "64601"), "router bgp"),
    "bird: another remote AS": (
        "bird", "neighbor 10.1.0.11 as 64512", "neighbor 10.1.0.11 as 64999",
        "E654", ("64999", "64512"), "as 64999"),
    "bird: another AS of its own": (
        "bird", "local 10.1.0.1 as 64601", "local 10.1.0.1 as 64888",
        "E654", ("64888", "64601"), "as 64888"),
    "frr: no key": (
        "frr", f" neighbor {P4} password {KEY}\n", "",
        "E655", ("no MD5 key", "a1"), None),
    "bird: no key": (
        "bird", f'    password "{KEY}";\n', "",
        "E655", ("no MD5 key", "a1"), None),
    "frr: a shorter hold time": (
        "frr", f"neighbor {P4} timers 3 9", f"neighbor {P4} timers 1 3",
        "E656", ("3 s", "9 s"), "timers 1 3"),
    "bird: a shorter hold time": (
        "bird", "hold time 9", "hold time 3",
        "E656", ("3 s", "9 s"), "hold time 3"),
    "frr: no BFD": (
        "frr", f" neighbor {P4} bfd\n neighbor {P4} bfd profile metallb-quick\n", "",
        "E657", ("no BFD", "quick"), None),
    "frr: another interval": (
        "frr", "transmit-interval 300", "transmit-interval 900",
        "E657", ("900 ms", "300 ms"), "bfd profile"),
    "bird: another interval": (
        "bird", "min rx interval 200 ms", "min rx interval 1 s",
        "E657", ("1000 ms", "200 ms"), "min rx interval"),
    "bird: another multiplier": (
        "bird", "multiplier 4", "multiplier 5",
        "E657", ("5", "4"), "multiplier"),
    "frr: a pool is refused": (
        "frr", "permit 203.0.113.0/28 ge 32 le 32", "permit 203.0.113.0/29 ge 32 le 32",
        "E659", ("203.0.113.15/32", "65000:100"), None),
    "bird: a pool is refused": (
        "bird", "203.0.113.0/28{32,32}", "203.0.113.0/29{32,32}",
        "E659", ("203.0.113.15/32", "65000:100"), None),
    "frr: more communities are needed": (
        "frr", "permit 65000:100", "permit 65000:100 65000:200",
        "E659", ("203.0.113.0/32", "65000:100"), None),
    "frr: more than the pools is taken": (
        "frr", "permit 198.51.100.6/32", "permit 198.51.100.6/31 ge 32 le 32",
        "E660", ("198.51.100.7/32", "no pool"), None),
    "bird: more than the pools is taken": (
        "bird", "198.51.100.6/32{32,32}", "198.51.100.6/31{32,32}",
        "E660", ("198.51.100.7/32", "no pool"), None),
    "bird: a filter without communities": (
        "bird", " && (65000, 100) ~ bgp_community", "",
        "E660", ("203.0.113.0/32 without 65000:100",), None),
    "frr: a lower prefix limit": (
        "frr", "maximum-prefix 400 restart 5\n  no", "maximum-prefix 7 restart 5\n  no",
        "E661", ("7 IPv4", "400"), "maximum-prefix 7"),
    "bird: a lower prefix limit": (
        "bird", "import limit 400 action restart", "import limit 7 action restart",
        "E661", ("7 IPv4", "400"), "import limit 7"),
    "frr: fewer next hops": (
        "frr", "maximum-paths 2\n exit-address-family\n address-family ipv6", "maximum-paths 1\n"
        " exit-address-family\n address-family ipv6",
        "E662", ("1 next", "2 nodes"), "maximum-paths 1"),
    "bird: fewer next hops": (
        "bird", "merge paths on limit 2;\n    ipv4", "merge paths off;\n    ipv4",
        "E662", ("1 next", "2 nodes"), "merge paths off"),
    "frr: a family is not active": (
        "frr", f" neighbor {P4}-2 activate\n  neighbor {P4}-2 route-map",
        f" neighbor {P4}-2 route-map",
        "E663", ("no IPv6", "a1, a2"), None),
    "bird: another port": (
        "bird", "local 10.1.0.1 as", "local 10.1.0.1 port 1179 as",
        "E665", ("1179", "179"), "port 1179"),
    "frr: routes go out": (
        "frr", f"{P4}-out deny 10", f"{P4}-out permit 10\n!",
        None, (), None),
    "bird: routes go out": (
        "bird", "export none;\n    };\n}\n\nprotocol bgp a1 from", "export all;\n    };\n}\n\n"
        "protocol bgp a1 from",
        "E666", ("10.1.0.11 (a1) (1 more alike)", "takes none"), "export all"),
    "frr: no graceful restart": (
        "frr", f"neighbor {P4} graceful-restart-helper", f"neighbor {P4} graceful-restart-disable",
        "E667", ("switched off", "a1"), "graceful-restart-disable"),
    "bird: no graceful restart": (
        "bird", "graceful restart aware;", "graceful restart off;",
        "E667", ("switched off", "a1"), "graceful restart off"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_difference_is_reported_with_both_ends_values(name: str) -> None:
    dialect, old, new, code, words, at_line = EDITS[name]
    assert old in WRITTEN[dialect]
    text = WRITTEN[dialect].replace(old, new, 1)
    found = compared(text).problems
    if code is None:
        # A policy with an entry that permits is beyond what is compared.
        assert found == []
        return
    # Neighbors that differ alike are one problem for each address of the router.
    assert {each.code for each in found} == {code}
    assert len(found) <= len(TOR1.entries)
    first = found[0]
    for word in words:
        assert word in first.summary
    assert KEY not in "".join(each.summary + each.detail for each in found)
    if at_line is not None:
        assert first.position is not None
        assert at_line in text.splitlines()[first.position.line - 1]


def test_a_difference_names_the_stack_files_key() -> None:
    text = WRITTEN["frr"].replace(f"neighbor {P4} timers 3 9", f"neighbor {P4} timers 1 3")
    (found,) = compared(text).problems
    assert found.location == ("metallb:bgp", "holdTime")
    text = WRITTEN["bird"].replace("local 10.1.0.1 as 64601", "local 10.1.0.1 as 64888")
    found = compared(text).problems[0]
    assert found.location[:1] == ("metallb:platform",)
    assert found.location[-1] == "asn"


@pytest.mark.parametrize("dialect", WRITTEN)
def test_a_placeholder_is_no_key(dialect: str) -> None:
    text = DIALECTS[dialect].text(TOR1, "dc1")
    found = compared(text).problems
    assert {each.code for each in found} == {"E655"}
    assert "placeholder" in found[0].summary


def test_a_key_that_the_nodes_do_not_have() -> None:
    stack = site(bgp={"password": None})
    (half, _) = halves_of(stack, None, NODES)
    found = compare(Comparison(stack, None, [half]), WRITTEN["frr"], "tor.conf")
    assert {each.code for each in found.problems} == {"E655"}
    assert "has an MD5 key, and the stack file has none for a1, a2" in found.problems[0].summary


def test_one_hop_to_nodes_that_are_several_hops_away() -> None:
    stack = site(kubernetes={"context": "prod"}, bgp={"ebgpMultiHop": True})
    half, _ = halves_of(stack, None, NODES)
    assert half.settings[0].multihop
    for text in WRITTEN.values():
        found = compare(Comparison(stack, None, [half]), text, "tor.conf").problems
        assert {each.code for each in found if each.is_error} == {"E658"}


def test_a_filter_that_is_not_understood_is_a_note_and_no_difference() -> None:
    text = WRITTEN["bird"].replace("# odd", "if bgp_path.len > 3 then reject;")
    found = compared(text)
    assert found.problems == []
    assert "filter of neighbor 10.1.0.11 (a1) was not compared" in found.notes[0]
    text = WRITTEN["frr"].replace(
        " match ip address prefix-list metallb-rack-a-tor-1-1-ipv4-odd",
        " match ip address prefix-list metallb-rack-a-tor-1-1-ipv4-odd\n match as-path SHORT",
    )
    found = compared(text)
    assert found.problems == []
    assert "was not compared" in found.notes[0]


def test_ebgp_without_a_policy_brings_nothing_into_frr() -> None:
    lines = [line for line in WRITTEN["frr"].splitlines() if "-in in" not in line]
    assert "E659" in {each.code for each in compared("\n".join(lines)).problems}
    lines.insert(lines.index("router bgp 64601") + 1, " no bgp ebgp-requires-policy")
    codes = {each.code for each in compared("\n".join(lines)).problems}
    assert "E659" not in codes
    assert "E660" in codes


@pytest.mark.parametrize(("asn", "passes"), [(64601, True), (64602, False)])
def test_frr_needs_a_policy_for_another_as_alone(asn: int, passes: bool) -> None:
    text = f"router bgp 64601\n neighbor 10.1.0.11 remote-as {asn}\n"
    found = frr_reading.configuration(text)
    assert found is not None
    (neighbor,) = found.neighbors
    assert neighbor.accepts[4].value(Route(4, 0, 0)) is passes
    assert neighbor.exports is not None
    assert neighbor.exports.value is passes


def test_a_node_of_another_rack_is_no_stranger() -> None:
    old, new = EDITS["frr: a stranger"][1:3]
    text = WRITTEN["frr"].replace(old, new.replace("10.1.0.99", "10.2.0.11"))
    known = Comparison(STACK, None, [TOR1], [TOR2])
    assert compare(known, text, "tor.conf").problems == []
    assert [each.code for each in compared(text).problems] == ["E653"]


# -- which router ---------------------------------------------------------------------------------


def test_a_file_is_of_the_router_whose_address_it_has() -> None:
    text = WRITTEN["bird"].replace("hold time 9", "hold time 3", 1)
    (found,) = compared(text, [TOR1, TOR2]).problems
    assert "router rack-a-tor-1:" in found.summary


def test_a_file_of_no_router_for_certain_is_refused() -> None:
    text = "router bgp 65123\n neighbor 192.0.2.1 remote-as 64512\n"
    with pytest.raises(ConfigError) as caught:
        compared(text, [TOR1, TOR2])
    assert caught.value.problems[0].code == "E208"
    assert "rack-a-tor-1, rack-b-tor-2" in caught.value.problems[0].summary


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "E113"), ("hostname tor\n", "E113"), ("{", "E101"), ('{"a": {}}', "E113")],
)
def test_a_file_of_no_known_form_is_refused(text: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compared(text)
    assert caught.value.problems[0].code == code


# -- what routers show of their state --------------------------------------------------------------


def test_an_empty_list_of_neighbors_misses_every_node() -> None:
    codes = [each.code for each in compared(json.dumps({})).problems]
    assert codes == ["E652"] * 4
