"""What the picture of a stack shows, and that it shows no secret."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.topology import FORMATS, topology_of
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.unit.topology.stacks import drawn, rack, stack

SECRET = "correct-horse-battery"
parse = ET.fromstring  # our own output, not foreign text


def texts(svg):
    return [element.text or "" for element in parse(svg).iter() if element.text]


def test_a_rack_has_a_session_for_each_node_and_router():
    (one,) = topology_of(stack(rack(1)), "dc1").racks
    assert [(s.node, s.router) for s in one.sessions] == [
        ("node-1-0", "rack-1/tor-1"),
        ("node-1-0", "rack-1/tor-2"),
        ("node-1-1", "rack-1/tor-1"),
        ("node-1-1", "rack-1/tor-2"),
    ]
    assert {s.peer for s in one.sessions} == {"rack-1-tor-1", "rack-1-tor-2"}


def test_nodes_chosen_by_label_are_one_entry_and_not_counted():
    labelled = {**rack(1), "nodes": [], "nodeSelectors": {"zone": "a"}}
    topology = topology_of(stack(labelled), "dc1")
    assert topology.racks[0].nodes[0].name == "zone=a"
    assert topology.nodes == 0
    assert "1 label selector" in topology.headline()
    for form in ("text", "svg", "html"):
        shown = FORMATS[form](topology)
        assert "nodes by label, 2 " in shown
        assert "sessions a node" in shown
        assert "1 node" not in shown


def test_routers_of_two_racks_with_one_address_are_two_and_a_shared_one_counts_once():
    second = {**rack(2), "routers": rack(1)["routers"]}
    assert topology_of(stack(rack(1), second), "dc1").routers == 4
    racks = [{**rack(number), "routers": [], "sharedRouters": ["gw"]} for number in (1, 2)]
    platform = {"kind": "static", "racks": racks, "sharedRouters": {"gw": {"address": "10.0.0.1"}}}
    shared = topology_of(stack(platform=platform), "dc1")
    assert shared.routers == 1
    assert {session.peer for one in shared.racks for session in one.sessions} == {"gw"}


def test_nodes_that_are_left_out_are_not_shown_as_those_that_announce():
    without = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["node-1-0"]}
    advertisement = {"nodeSelectors": [{"matchExpressions": [without]}]}
    pools = {"p": {"addresses": ["203.0.113.0/28"], "advertisements": {"default": advertisement}}}
    shown = drawn("text", rack(1), addressPools=pools)
    assert "from kubernetes.io/hostname NotIn (node-1-0)" in shown


@pytest.mark.parametrize(
    ("pool", "size"),
    [
        ({"addresses": ["203.0.113.0/28"]}, 16),
        ({"addresses": ["203.0.113.0/28"], "avoidBuggyIps": True}, 15),
        ({"addresses": ["203.0.113.0/24", "198.51.100.1-198.51.100.10"]}, 266),
        ({"addresses": ["2001:db8::/120"]}, 256),
    ],
)
def test_a_pool_is_shown_with_its_size(pool, size):
    assert topology_of(stack(rack(1), addressPools={"p": pool}), "dc1").pools[0].size == size


def test_a_pool_without_an_advertisement_is_announced_nowhere():
    pools = {"dark": {"addresses": ["203.0.113.0/28"], "advertisements": {}}}
    assert "announced nowhere" in drawn("text", rack(1), addressPools=pools)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_secret(form):
    secret = rack(1)
    secret["routers"][0]["password"] = SECRET
    shown = drawn(form, secret, bgp={"myAsn": 64512, "password": SECRET + "-too"})
    assert SECRET not in shown
    assert "tor-1" in shown


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_stack_is_drawn_the_same(form):
    assert drawn(form, rack(1), rack(2)) == drawn(form, rack(1), rack(2))


@pytest.mark.parametrize("form", ["svg", "html"])
@pytest.mark.parametrize("racks", [1, 20])
def test_every_node_and_router_is_in_the_picture(form, racks):
    shown = drawn(form, *[rack(number, nodes=20) for number in range(1, racks + 1)])
    for number in range(1, racks + 1):
        assert f"rack-{number}" in shown
        assert f"10.{number}.0.2" in shown
        for index in range(20):
            assert f">node-{number}-{index}<" in shown


def boxes(svg):
    root = parse(svg)
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        if "transform" not in group.attrib:
            continue  # a box with a tooltip
        left, top = map(int, re.findall(r"\d+", group.attrib["transform"]))
        outer, *inner = [
            tuple(int(box.attrib[key]) for key in ("x", "y", "width", "height"))
            for box in group.iter("{http://www.w3.org/2000/svg}rect")
        ]
        yield (left, top, *outer[2:]), inner


def apart(one, other):
    return (
        one[0] + one[2] <= other[0]
        or other[0] + other[2] <= one[0]
        or one[1] + one[3] <= other[1]
        or other[1] + other[3] <= one[1]
    )


@pytest.mark.parametrize(("racks", "nodes"), [(1, 4), (20, 20), (3, 1), (1, 400)])
def test_no_two_boxes_overlap_and_none_leaves_its_card(racks, nodes):
    picture = drawn("svg", *[rack(number, nodes=nodes) for number in range(1, racks + 1)])
    page = parse(picture)
    cards = list(boxes(picture))
    assert len(cards) == racks
    for place, (card, inner) in enumerate(cards):
        assert card[0] + card[2] <= int(page.attrib["width"])
        assert card[1] + card[3] <= int(page.attrib["height"])
        assert all(apart(card, other) for other, _ in cards[place + 1 :])
        assert len(inner) == nodes + 2
        for index, box in enumerate(inner):
            assert box[0] + box[2] <= card[2]
            assert box[1] + box[3] <= card[3]
            assert all(apart(box, other) for other in inner[index + 1 :])


def test_a_few_nodes_show_every_session_and_many_say_how_many_there_are():
    line = "{http://www.w3.org/2000/svg}line"
    assert len(list(parse(drawn("svg", rack(1, nodes=4))).iter(line))) == 8
    many = drawn("svg", rack(1, nodes=60))
    assert len(list(parse(many).iter(line))) == 3
    assert texts(many).count("60 sessions") == 2


@pytest.mark.parametrize("nodes", [2, 5, 12])
def test_up_to_twelve_nodes_every_session_is_a_line_also_beside_other_racks(nodes):
    line = "{http://www.w3.org/2000/svg}line"
    long = [f"worker-{number:08d}" for number in range(nodes)]
    many = [{**rack(number), "nodes": [f"{name}" for name in long]} for number in range(1, 3)]
    many[1]["nodes"] = [f"other{name[6:]}" for name in long]
    assert len(list(parse(drawn("svg", *many)).iter(line))) == 2 * 2 * nodes


def test_few_nodes_that_do_not_stand_in_a_row_have_one_line_a_router():
    wide = {**rack(1), "nodes": [f"worker-{number}.{'x' * 50}" for number in range(6)]}
    shown = drawn("svg", wide)
    assert texts(shown).count("6 sessions") == 2


def test_mermaid_draws_many_nodes_as_one_box():
    shown = drawn("mermaid", rack(1, nodes=60))
    assert shown.startswith("flowchart TB")
    assert "node-1-0 ... node-1-59 (60 nodes)" in shown
    assert shown.count("subgraph") == 1
    assert len(shown.splitlines()) < 15


def test_the_page_loads_nothing_else():
    shown = drawn("html", rack(1), rack(2))
    assert "http" not in shown.replace("http://www.w3.org/2000/svg", "")
    assert "src=" not in shown
    assert "@import" not in shown


def test_many_racks_start_closed_and_a_few_start_open():
    assert drawn("html", *[rack(number) for number in range(1, 9)]).count("<details open") == 0
    assert drawn("html", rack(1), rack(2)).count("<details open") == 2


def test_a_name_that_looks_like_markup_stays_text():
    from dataclasses import replace

    topology = replace(topology_of(stack(rack(1)), "dc1"), stack='<b>&"x"</b>')
    assert "<b>" not in FORMATS["svg"](topology)
    assert "<b>" not in FORMATS["html"](topology)
    assert "<b>" not in FORMATS["mermaid"](topology)
    parse(FORMATS["svg"](topology))


def test_the_command_writes_a_shipped_stack(tmp_path):
    from metallb.cli import main

    target = tmp_path / "onprem.svg"
    assert (
        main(["topology", str(STACKS / "Pulumi.onprem.yaml"), "--format", "svg", "-o", str(target)])
        == 0
    )
    assert "node-a1" in texts(target.read_text())


@pytest.mark.parametrize("form", ["text", "mermaid", "svg", "html"])
def test_a_control_character_of_a_label_is_drawn_as_its_code(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    text = (PROJECT_ROOT / "stacks" / "Pulumi.onprem.yaml").read_text()
    path.write_text(text.replace("zone: rack-b}", 'zone: "\\e[31m\\u202erack"}'))
    assert main(["topology", str(path), "--format", form]) == 0
    drawn = capsys.readouterr().out
    assert "\\x1b[31m" in drawn
    assert not {"\x1b", "\u202e"} & set(drawn)
