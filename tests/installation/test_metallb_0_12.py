"""MetalLB 0.12.1 itself, as it is rendered here: rights, sessions, addresses, another document.

Runs where the release's programs are installed; the lab can't build them.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.bringup import DEFAULT_STACK, Cluster, variant
from lab.guard import guarded
from lab.paths import BIN
from lab.services import Balanced
from lab.spawn import wait_until
from lab.upgrade import bring_up_old, missing, upgrade
from metallb.status.logs import parse_log
from tests.support.running import fresh, requests

pytestmark = pytest.mark.lab

ROUTERS = ("203.0.113.1", "203.0.113.2")


@pytest.fixture(scope="module")
def cluster(machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The lab's own stack on the old release, running."""
    if lacks := missing():
        pytest.skip(f"MetalLB 0.12.1 was NOT run: {lacks}")
    lab = fresh("old")
    with guarded(lab):
        yield bring_up_old(lab, tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def web(cluster: Cluster) -> Balanced:
    """A Service with servers on two nodes."""
    service = Balanced(cluster.lab.api, cluster.lab.fabric, "web")
    service.create(["node1", "node2"])
    return service


@contextmanager
def watched(cluster: Cluster, service: str) -> Iterator[list[str]]:
    """The addresses of a Service, an entry for each of its states; complete at the end."""
    command = [str(BIN / "kubectl"), "--kubeconfig", str(cluster.lab.plane.kubeconfig)]
    command += ["get", "service", service, "--watch", "-o"]
    command += ["jsonpath={.status.loadBalancer.ingress[*].ip}{'\\n'}"]
    addresses: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        try:
            addresses.append(watch.stdout.readline().strip())
            yield addresses
        finally:
            watch.terminate()
            addresses += [line.strip() for line in watch.stdout]


def test_the_routers_learn_a_services_address_from_its_nodes(web: Balanced) -> None:
    assert web.address() == "203.0.113.128"
    wait_until("the routes", lambda: web.routed(hosts=["node1", "node2"]))
    web.set_endpoints(["node3"])
    wait_until("the routes by another node", lambda: web.routed(hosts=["node3"]))


def test_a_changed_document_is_loaded_and_takes_no_address_away(
    cluster: Cluster, web: Balanced
) -> None:
    address = web.address()
    changed = variant(
        cluster.stack,
        cluster.stack.with_name("Pulumi.changed.yaml"),
        lambda config: config["metallb:bgp"].update(holdTime="9s"),
    )
    before = cluster.lab.speaker("node1").log_text().count("configLoaded")
    cluster.change(cluster.render(changed))
    wait_until(
        "the speaker's new configuration",
        lambda: cluster.lab.speaker("node1").log_text().count("configLoaded") > before,
    )
    wait_until("every session", cluster.sessions_up)
    wait_until("the routes", lambda: web.routed(hosts=web.endpoints))
    assert web.address() == address


def test_a_speakers_log_says_since_when_its_sessions_are_up(cluster: Cluster) -> None:
    sessions = parse_log(cluster.lab.speaker("node1").log_text())
    assert {router: session.up for router, session in sessions.items()} == dict.fromkeys(
        ROUTERS, True
    )
    assert all(session.since for session in sessions.values())


def test_no_request_of_controller_or_speakers_was_refused(cluster: Cluster) -> None:
    lab = cluster.lab
    other = Balanced(lab.api, lab.fabric, "other")
    other.create(["node1"])
    other.delete()
    made = requests(lab)
    assert {each.account for each in made} >= {
        "metallb-system/controller",
        "metallb-system/speaker",
    }
    assert [each for each in made if not each.allowed] == []


def test_an_upgrade_in_place_takes_no_address_away(cluster: Cluster, web: Balanced) -> None:
    address = web.address()
    to = cluster.render(DEFAULT_STACK)
    with watched(cluster, "web") as addresses:
        upgrade(cluster, to)
        wait_until("the routes", lambda: web.routed(hosts=web.endpoints))
    # Every state that the Service was in, the short ones too.
    assert set(addresses) == {address}
