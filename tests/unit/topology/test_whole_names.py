"""What a box can't hold is not lost, and a pool says what is announced of it."""

import re
import xml.etree.ElementTree as ET

import pytest

from metallb.topology import FORMATS, topology_of
from tests.unit.topology.stacks import drawn, rack, stack

parse = ET.fromstring  # our own output, not foreign text
RECT, TEXT = ("{http://www.w3.org/2000/svg}" + name for name in ("rect", "text"))


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (["203.0.113.0/28"], "as /32 to"),
        (["2001:db8::/120"], "as /128 to"),
        (["2001:db8::1-2001:db8::9", "203.0.113.0/28"], "as /32 and /128 to"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_a_pool_is_announced_in_the_lengths_of_its_families(form, addresses, words):
    assert words in drawn(form, rack(1), addressPools={"p": {"addresses": addresses}})


def test_the_length_of_ipv6_is_the_stack_files():
    advertisements = {"default": {"aggregationLengthV6": 64}}
    pool = {"addresses": ["2001:db8::/60"], "advertisements": advertisements}
    assert "as /64 to" in drawn("text", rack(1), addressPools={"p": pool})


def test_a_pools_title_stays_in_its_box():
    name = "pool-with-" + "a-rather-" * 3 + "long-name"
    page = parse(drawn("svg", rack(1), addressPools={name: {"addresses": ["203.0.113.0/28"]}}))
    (title,) = [text for text in page.iter(TEXT) if (text.text or "").startswith("pool pool-")]
    box = next(rect for rect in page.iter(RECT) if rect.get("x") == "24")
    assert title.text == f"pool {name}"
    assert len(title.text) * 8 < int(box.attrib["width"]) - 20


def test_a_pools_title_that_is_too_long_is_cut():
    name = "p" * 63
    shown = drawn("svg", rack(1), addressPools={name: {"addresses": ["10.0.0.0/8"]}})
    assert f"<title>pool {name}\n10.0.0.0/8\n" in shown
    assert f"pool {name}" not in words(shown)


def words(svg):
    """What is drawn, without tooltips."""
    return [text.text for text in parse(svg).iter(TEXT)]


SPINE = {
    "name": "spine-1-of-the-fabric",
    "address": "2001:db8:1234:5678:9abc:def0:1234:5678",
    "asn": 4200000001,
}


@pytest.mark.parametrize("form", ["svg", "html"])
def test_a_router_of_ipv6_is_drawn_whole(form):
    shown = drawn(form, {**rack(1), "routers": [SPINE]})
    for line in (SPINE["name"], SPINE["address"], "AS 4200000001"):
        assert f">{line}<" in shown


@pytest.mark.parametrize(
    "changed",
    [
        {"nodes": ["n" * 60 + ".example.com", "other"]},
        {
            "nodes": [],
            "nodeSelectors": {letter * 60: "v" * 60 for letter in "abcd"},
        },
        {"routers": [{**SPINE, "name": "r" * 59 + "-end"}]},
    ],
)
def test_a_name_that_is_cut_is_whole_in_a_tooltip_and_for_the_filter(changed):
    topology = topology_of(stack({**rack(1), **changed}), "dc1")
    (only,) = topology.racks
    name = max([node.name for node in only.nodes] + [r.name for r in only.routers], key=len)
    assert f"<title>{name}" in FORMATS["svg"](topology)
    assert name not in words(FORMATS["svg"](topology))
    page = FORMATS["html"](topology)
    (names,) = re.findall(r'<details open data-names="([^"]*)"', page)
    assert name in names.splitlines() or f"{name} {SPINE['address']} AS 4200000001".lower() in names
    assert "dataset.names" in page


def test_a_block_that_a_pools_box_leaves_out_is_in_its_tooltip():
    blocks = [f"10.{number}.0.0/24" for number in range(9)]
    shown = drawn("svg", rack(1), addressPools={"p": {"addresses": blocks}})
    assert "and 6 more" in shown
    assert "10.8.0.0/24" in shown
