"""The whole main job: racks by `metallb up` on the lab's cluster, to an answer through a router.

`make tour` plays the same steps for a person. Each checks what its commands print; here the
routers, the API server and the kernel are looked at besides. One story on one cluster, in order.
"""

import pytest

from lab.hands import NAMESPACE
from lab.topology import uplink
from lab.tour import Tour
from tests.updates.clusters import ROUTERS, established

pytestmark = pytest.mark.lab

SILENT = "node2"
"""The node whose speaker dies on the tour."""


def test_an_update_of_racks_brings_up_a_session_of_every_node_and_router(tour: Tour) -> None:
    tour.bring_metallb_up()
    tour.see_sessions()
    assert established(tour) == {(r, h) for r in ROUTERS for h in tour.lab.fabric.hosts}
    peers = tour.lab.api.list("metallb.io/v1beta2", "BGPPeer", NAMESPACE)
    assert [peer["metadata"]["name"] for peer in peers] == ["rack1-tor1", "rack1-tor2"]


def test_a_request_goes_through_a_router_to_the_service(tour: Tour) -> None:
    tour.serve()
    hops = [str(uplink(number)[0]) for number in range(len(ROUTERS))]
    assert tour.lab.fabric.next_hops("client", tour.address) == hops
    assert tour.ask() in tour.lab.fabric.hosts


def test_a_speaker_that_dies_is_shown_and_costs_no_answer(tour: Tour, shown: list[str]) -> None:
    before = len(shown)
    tour.lose_a_speaker()
    story = "\n".join(shown[before:])
    wrong, _, mended = story.partition("Its kubelet starts it again")
    assert "rack1: unhealthy" in wrong
    assert f"speaker on {SILENT}: NOT READY" in wrong
    assert wrong.count("exit code 137") == 2, "once for its sessions, once for the speaker"
    assert "rack1: healthy" in mended
    assert len(established(tour)) == 6


def test_an_edit_of_the_stack_file_reaches_peers_and_sessions(tour: Tour) -> None:
    tour.edit()
    peers = tour.lab.api.list("metallb.io/v1beta2", "BGPPeer", NAMESPACE)
    assert {peer["spec"]["holdTime"] for peer in peers} == {"9s"}
    assert len(established(tour)) == 6
    assert tour.ask() in tour.lab.fabric.hosts


def test_everything_is_taken_away_again(tour: Tour) -> None:
    tour.take_away()
    assert established(tour) == set()
    crds = tour.lab.api.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert [crd for crd in crds if crd["spec"]["group"] == "metallb.io"] == []
    assert tour.lab.api.list("v1", "Pod", NAMESPACE) == []
    assert tour.lab.pods == {}
