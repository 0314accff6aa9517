"""Peers in the place of others in the FRR modes, where MetalLB's own webhook looks at both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import needs
from lab.forecast.ground import Ground
from lab.guard import guarded
from lab.hands import NAMESPACE, ClusterHands
from lab.site import Lab
from metallb.releases import BgpMode
from tests.updates.harness import Config, Project, changed, small

pytestmark = pytest.mark.lab

NODES = ("node-0", "node-1")
PEER = "routing-bgppeer-rack-a-"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """An API server with MetalLB's controller in an FRR mode, and two nodes without speakers."""
    if lacks := needs.missing() + needs.missing_frr(modes=True):
        pytest.skip("this machine can't run the lab with FRR; missing: " + "; ".join(lacks))
    Lab("heirs").down()
    lab = Lab("heirs")
    with guarded(lab):
        ground = Ground(lab)
        ground.start()
        ground.install(BgpMode.FRR_K8S)
        for name in NODES:
            labels = {"kubernetes.io/hostname": name}
            metadata = {"name": name, "labels": labels}
            lab.api.apply({"apiVersion": "v1", "kind": "Node", "metadata": metadata})
        # A deletion ends with the garbage collector.
        with ClusterHands(lab, run_controller=False):
            yield lab


@pytest.fixture
def running(tmp_path: Path, lab: Lab) -> Iterator[Project]:
    """The small rack on that cluster, up."""

    def there(config: Config) -> None:
        config["install"] |= {"bgpMode": "frr-k8s"}
        config["kubernetes"] = {"kubeconfig": str(lab.plane.kubeconfig)}

    project = Project(tmp_path, changed(small(), there), direct=str(lab.plane.address))
    try:
        project.up()
        yield project
        project.destroy()
    finally:
        project.cli.end_spared()


def peers(lab: Lab) -> dict[str, set[str]]:
    """Nodes by peer."""
    found = {}
    for each in lab.api.list("metallb.io/v1beta2", "BGPPeer", NAMESPACE):
        (selector,) = each["spec"]["nodeSelectors"]
        listed = selector.get("matchLabels", {}).values()
        values = (one["values"] for one in selector.get("matchExpressions", ()))
        found[each["metadata"]["name"]] = {*listed, *(name for each in values for name in each)}
    return found


def of_router(change: Callable[[Config], object]) -> Callable[[Config], object]:
    """A change of the first router."""
    return lambda config: change(config["platform"]["racks"][0]["routers"][0])


def test_a_router_with_another_name_takes_one_update(running: Project, lab: Lab) -> None:
    running.change(of_router(lambda router: router.update(name="edge")))
    foreseen = running.preview()
    outcome = running.up()
    assert outcome.changes == foreseen.changes
    assert outcome.changes["delete-replaced"] == {f"{PEER}tor-1"}
    assert outcome.changes["replace"] == {f"{PEER}edge"}
    assert peers(lab) == {"rack-a-edge": set(NODES), "rack-a-tor-2": set(NODES)}
    assert running.up().nothing_changed


def test_an_object_that_is_divided_takes_one_update(running: Project, lab: Lab) -> None:
    running.change(lambda config: config["platform"].update(sharedPeers=False))
    running.up()
    assert peers(lab) == {
        f"rack-a-tor-{number}-{node}": {node} for number in (1, 2) for node in NODES
    }
    assert running.up().nothing_changed


def test_a_node_that_gets_peers_of_its_own_takes_one_update(running: Project, lab: Lab) -> None:
    own = ["node-0", {"hostname": "node-1", "holdTime": "9s"}]
    running.change(lambda config: config["platform"]["racks"][0].update(nodes=own))
    outcome = running.up()
    assert outcome.changes == {
        "update": {f"{PEER}tor-{number}" for number in (1, 2)},
        "create": {f"{PEER}tor-{number}-node-1" for number in (1, 2)},
    }
    assert peers(lab)["rack-a-tor-1"] == {"node-0"}


def test_what_no_order_helps_is_refused_by_the_webhook(running: Project, lab: Lab) -> None:
    """What `impact` predicts with its advice."""

    def swapped(config: Config) -> None:
        one, other = config["platform"]["racks"][0]["routers"]
        one["name"], other["name"] = other["name"], one["name"]

    running.change(swapped)
    outcome = running.try_up()
    assert outcome.failed
    assert "duplicate" in outcome.messages
    running.change(swapped)
    running.up()
