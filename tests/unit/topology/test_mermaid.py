"""A Mermaid diagram that Mermaid draws, however large the stack is."""

import re

import pytest

from metallb.topology import (
    Announcement,
    Node,
    Pool,
    Rack,
    Router,
    Session,
    Topology,
)
from metallb.topology.mermaid import mermaid


def rack(number, nodes):
    routers = tuple(
        Router(f"{number}/{index}", f"tor-{index}", f"10.0.{number}.{index}", 64601)
        for index in (1, 2)
    )
    named = tuple(Node(f"node-{number}-{index}") for index in range(nodes))
    sessions = tuple(
        Session(node.name, router.key, 64512, "peer") for node in named for router in routers
    )
    return Rack(f"rack-{number}", named, routers, sessions)


def drawn(racks, nodes, pools, blocks=1):
    announced = (Announcement("default", (32,)),)
    return mermaid(
        Topology(
            "dc1",
            "0.16.2",
            "native",
            tuple(rack(number, nodes) for number in range(racks)),
            tuple(
                Pool(f"pool-{number}", ("10.0.0.0/24",) * blocks, 256, True, announced)
                for number in range(pools)
            ),
        )
    )


def edges(diagram):
    without_labels = re.sub(r'"[^"]*"', "", diagram)
    return len(re.findall(r" (?:-->|==>|---) ", without_labels))


@pytest.mark.parametrize(
    ("size", "lines", "shown"),
    [
        ((5, 8, 2), 82, ('"node-4-7"', "10.0.4.2")),
        ((62, 4, 4), 500, ('"node-61-3"',)),
        ((62, 4, 5), 129, ("node-61-0 ... node-61-3 (4 nodes)<br>8 sessions", "10.0.61.2")),
        ((50, 8, 2), 102, ("node-49-0 ... node-49-7 (8 nodes)<br>16 sessions", "10.0.49.2")),
        ((250, 2, 1), 1, ("rack rack-249<br>node-249-0, node-249-1<br>4 sessions with tor-1",)),
        ((50, 8, 2, 4000), 2, ("rack rack-49<br>", "10.0.0.0/24, 10.0.0.0/24")),
        ((900, 2, 200, 400), 40, ("rack rack-10<br>", "more racks with", "and 160 more pools")),
    ],
)
def test_it_stays_within_what_mermaid_draws(size, lines, shown):
    diagram = drawn(*size)
    assert edges(diagram) == lines <= 500
    assert len(diagram) <= 50_000
    for part in shown:
        assert part in diagram


def test_what_is_left_out_is_counted():
    diagram = drawn(900, 2, 1)
    kept = diagram.count("rack rack-")
    assert kept > 300
    assert f"and {900 - kept} more racks with {2 * (900 - kept)} nodes" in diagram


def test_many_racks_stand_one_below_the_other_and_the_first_on_top():
    few, many, boxes = drawn(4, 2, 1), drawn(5, 2, 1), drawn(300, 2, 1)
    assert few.startswith("flowchart TB")
    assert few.index("rack-0") < few.index("rack-3")
    # Mermaid puts the first frame last, and the first box first.
    assert many.startswith("flowchart LR")
    assert many.index("rack-0") > many.index("rack-4")
    assert boxes.startswith("flowchart LR")
    assert boxes.index("rack-0<") < boxes.index("rack-4<")
