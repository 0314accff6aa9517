"""Layer 2 is real: a client in the nodes' network finds a Service by ARP or NDP, and follows it.

The stack is `lab/stacks/Pulumi.layer2.yaml`, which has neither routers nor peers.
"""

import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from lab import net
from lab.bringup import bring_up
from lab.guard import guarded
from lab.layer2 import POOLS, STACK, Shared
from lab.paths import ROOT
from lab.reliability.measure import Outcome
from lab.spawn import wait_until
from tests.support.running import fresh

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", params=POOLS)
def shared(machine: None, request: pytest.FixtureRequest) -> Iterator[Shared]:
    lab = fresh("layer2")
    with guarded(lab):
        yield Shared.of(bring_up(lab, STACK), request.param)


@pytest.fixture(scope="module")
def outcomes(shared: Shared) -> dict[str, Outcome]:
    """The last tests of the file: a node is cut off in the end."""
    return {outcome.name: outcome for outcome in shared.scenarios()}


def test_the_stack_has_no_peer_and_no_bgp(shared: Shared) -> None:
    kinds = [obj["kind"] for obj in shared.cluster.configuration]
    assert sorted(kinds) == ["IPAddressPool"] * 2 + ["L2Advertisement"] * 2
    blocks = (ip_network("203.0.113.32/28"), ip_network("2001:db8:0:1::20/124"))
    assert any(ip_address(shared.address) in block for block in blocks)


def test_the_client_reaches_the_service_without_a_route(shared: Shared) -> None:
    host = shared.settle()
    fabric = shared.cluster.lab.fabric
    (entry,) = net.show("neigh", "show", "to", shared.address, ns=fabric.ns("client"))
    assert (entry["dev"], fabric.answers(shared.address)) == ("rack0", host)
    family, length = ("-6", 128) if ":" in shared.address else ("-4", 32)
    exact = ("route", "show", "exact", f"{shared.address}/{length}")
    assert not net.show(family, *exact, ns=fabric.ns("client"))
    assert shared.fetched() == host


def test_one_node_answers_on_the_interface_of_the_stack_file(shared: Shared) -> None:
    host = shared.settle()
    (state,) = shared.cluster.lab.api.list("metallb.io/v1beta1", "ServiceL2Status")
    assert state["status"]["node"] == host
    assert state["status"]["interfaces"] == [{"name": "rack0"}]


def test_status_names_the_node_that_answers(shared: Shared) -> None:
    host = shared.settle()
    kubeconfig = str(shared.cluster.lab.plane.kubeconfig)
    line = [str(STACK), "--kubeconfig", kubeconfig, "--context", "lab", "--all"]
    command = [sys.executable, "-m", "metallb", "status", *line]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout
    assert f"default/web ({shared.address}): announced by {host} in layer 2 on rack0" in shown


def test_a_node_that_the_advertisement_does_not_choose_never_answers(shared: Shared) -> None:
    api, first = shared.cluster.lab.api, shared.settle()
    pool = shared.service.object["metadata"]["annotations"]["metallb.io/address-pool"]
    (advertisement,) = (
        obj
        for obj in shared.cluster.configuration
        if obj["kind"] == "L2Advertisement" and obj["spec"]["ipAddressPools"] == [pool]
    )
    without = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [first]}
    spec = {**advertisement["spec"], "nodeSelectors": [{"matchExpressions": [without]}]}
    api.apply({**advertisement, "spec": spec})
    try:
        wait_until("another node", lambda: shared.settle() != first)
    finally:
        api.apply(advertisement)
        wait_until("the first node", lambda: shared.settle() == first)


MOVES = (
    "answering speaker killed",
    "that speaker back",
    "answering node drained",
    "answering node filled again",
    "answering node cut off",
)


@pytest.mark.parametrize("event", MOVES)
def test_another_node_answers_within_the_bound(outcomes: dict[str, Outcome], event: str) -> None:
    assert outcomes[event].seconds <= outcomes[event].bound
    assert outcomes[event].sent > 200


def test_a_dead_speaker_is_missed_by_memberlist_and_not_before(
    outcomes: dict[str, Outcome],
) -> None:
    assert outcomes["answering speaker killed"].seconds > 1.0
    assert outcomes["answering node cut off"].lost > outcomes["answering node drained"].lost
