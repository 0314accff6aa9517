"""What routers show of their sessions, as BIRD 2.0.12 and FRR 8.4.4 printed it, against a stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.routers.build import halves_of
from metallb.routers.compare import Comparison, compare
from metallb.topology.nodes import KnownNodes, nodes_of
from tests.unit.routers.sites import KEY, LIST, site

SHOWN = Path(__file__).parent / "shown"
PROTOCOLS = (SHOWN / "bird-protocols.txt").read_text()
NEIGHBORS = json.loads((SHOWN / "frr-neighbors.json").read_text())
ROUTER: dict[str, Any] = {"name": "tor-1", "address": "10.1.0.1", "asn": 64601}
NODES: KnownNodes = nodes_of(LIST["items"])


def codes(text: str, **router: Any) -> list[tuple[str, str]]:
    racks = [{"name": "rack-a", "nodes": ["a1", "a2"], "routers": [{**ROUTER, **router}]}]
    stack = site(platform={"kind": "static", "racks": racks}, bgp={"gracefulRestart": None})
    found = compare(Comparison(stack, None, halves_of(stack, None, NODES)), text, "shown")
    assert KEY not in str(found)
    return [(each.code, each.summary.partition(": ")[2]) for each in found.problems]


def test_bird_shows_which_session_is_down() -> None:
    assert codes(PROTOCOLS) == [
        ("E664", "the session of a2 with neighbor 10.1.0.12 (a2) is Passive, not Established")
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("Neighbor AS:      64512", "Neighbor AS:      64999", "E654", "64999"),
        ("Local AS:         64601", "Local AS:         64888", "E654", "64888"),
        ("7.499/9", "1.499/3", "E656", "3 s, and the stack file has 9 s for a1"),
        ("Output filter:  REJECT", "Output filter:  ACCEPT", "E666", "gets routes"),
        ("Import limit:   21", "Import limit:   5", "E661", "5 IPv4 prefixes"),
        ("Input filter:   f", "Input filter:   ACCEPT", "E660", "no pool"),
        ("Input filter:   f", "Input filter:   REJECT", "E659", "may not announce"),
        ("  Channel ipv4", "  Channel ipv6", "E663", "has no IPv4"),
        ("10.1.0.12", "10.1.0.99", "E652", "a2 (10.1.0.12)"),
    ],
)
def test_bird_shows_what_differs(old: str, new: str, code: str, words: str) -> None:
    assert old in PROTOCOLS
    found = [each for each in codes(PROTOCOLS.replace(old, new)) if each[0] == code]
    assert words in found[0][1]


def test_replies_with_their_codes_are_read_alike() -> None:
    head = [f"1002-{line}" if line[:1].strip() else f" {line}" for line in PROTOCOLS.splitlines()]
    assert codes("\n".join(head)) == codes(PROTOCOLS)


def test_frr_shows_sessions_that_are_as_expected() -> None:
    assert codes(json.dumps(NEIGHBORS), bfdProfile="quick") == []


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"bgpState": "Active"}, "E664", "of a1 with neighbor 10.1.0.11 is Active"),
        ({"remoteAs": 64999}, "E654", "AS 64999"),
        ({"localAs": 64888}, "E654", "AS 64888"),
        ({"authenticationEnabled": 0}, "E655", "no MD5 key, and the stack file has one for a1"),
        ({"bgpTimerConfiguredHoldTimeMsecs": 3000}, "E656", "3 s"),
        ({"peerBfdInfo": None}, "E657", "no BFD, and the stack file has profile quick for a1"),
        ({"portLocal": 1790}, "E665", "1790"),
        (
            {"addressFamilyInfo": {"ipv4Unicast": {"prefixAllowedMax": 5}}},
            "E661",
            "5 IPv4 prefixes",
        ),
        ({"addressFamilyInfo": {"ipv6Unicast": {}}}, "E663", "has no IPv4"),
    ],
)
def test_frr_shows_what_differs(change: dict[str, Any], code: str, words: str) -> None:
    shown = {**NEIGHBORS, "10.1.0.11": {**NEIGHBORS["10.1.0.11"], **change}}
    ((found, summary),) = codes(json.dumps(shown), bfdProfile="quick")
    assert found == code
    assert words in summary


def test_bfd_at_the_router_alone() -> None:
    ((code, summary),) = codes(json.dumps(NEIGHBORS))
    assert code == "E657"
    assert "has BFD, and the stack file has none for a1, a2" in summary


@pytest.mark.parametrize("value", [None, [], "x", {"bgpState": 3}, {"bgpState": "Idle"}])
def test_odd_json_ends_in_a_problem_or_in_none_and_never_otherwise(value: Any) -> None:
    shown = {**NEIGHBORS, "10.1.0.11": value}
    assert {code for code, _ in codes(json.dumps(shown))} <= {"E652", "E655", "E657", "E664"}
