"""The demo stack on its own fabric: a private /31 a node, its gateway as its router."""

import re
import sys
from collections.abc import Iterator

import pytest

from lab import bird, net, rendering
from lab.bringup import Cluster, bring_up, find_stack
from lab.guard import guarded
from lab.services import Balanced
from lab.site import BACKEND_PORT
from lab.spawn import wait_until
from tests.support.running import fresh, machine

__all__ = ["machine"]

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def metal(machine: None) -> Iterator[Cluster]:
    lab = fresh("metal")
    with guarded(lab):
        yield bring_up(lab, find_stack("demo"))


@pytest.fixture(scope="module")
def service(metal: Cluster) -> Balanced:
    balanced = Balanced(metal.lab.api, metal.lab.fabric, "web")
    balanced.create(metal.lab.fabric.hosts)
    wait_until("routes", balanced.routed)
    return balanced


def test_each_gateway_has_the_session_of_its_node(metal: Cluster) -> None:
    assert len(metal.topology.sessions) == 2
    wait_until("every session", metal.sessions_up)


def test_sessions_come_from_the_private_address_although_the_node_has_others(
    metal: Cluster,
) -> None:
    """Equinix Metal answers no other source, so the object names it and the router sees it."""
    peers = rendering.find(metal.objects, "BGPPeer")
    wait_until("every session", metal.sessions_up)
    by_router = {peer["spec"]["peerAddress"]: peer["spec"] for peer in peers}
    for session in metal.topology.sessions:
        assert by_router[str(session.local)]["sourceAddress"] == str(session.remote)
        text = metal.lab.fabric.birdc(
            session.router, "show", "protocols", "all", bird.protocol(session.host)
        )
        assert re.search(rf"Neighbor address: +{re.escape(str(session.remote))}\b", text)
        assert "Established" in text


def test_an_elastic_ip_is_routed_to_the_nodes_and_answers(
    metal: Cluster, service: Balanced
) -> None:
    fabric = metal.lab.fabric
    address = service.address()
    assert address == "147.75.40.46"
    for router in metal.topology.routers:
        own = [str(s.remote) for s in metal.topology.sessions_of(router.name)]
        wait_until(
            f"the routes of {router.name}",
            lambda name=router.name, own=own: fabric.next_hops(name, address) == own,  # type: ignore[misc]
        )
    wait_until("both ways", lambda: len(fabric.next_hops("client", address)) == 2)
    code = (
        "import urllib.request as u;"
        f"print({{u.urlopen('http://{address}:{BACKEND_PORT}', timeout=30).read().decode()"
        " for _ in range(40)})"
    )
    answered = net.run([sys.executable, "-c", code], ns=fabric.ns("client"))
    for host in fabric.hosts:
        assert host in answered
