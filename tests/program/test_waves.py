"""The program registers peers in waves, and waits for the cluster's sessions in between."""

import base64
import copy
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any
from unittest import mock

import pytest

from metallb.problems.errors import EngineError
from metallb.routing.base import OWN_LABELS
from tests.support.programs import run_root, run_root_failing
from tests.support.record import Record
from tests.support.recording import RecordingMonitor
from tests.unit.status.conftest import NODES, SECTIONS, Recorded, sessions

Sections = dict[str, Any]
LOOK = "look"
ROUTER_DOWN = "203.0.113.1"


class Cluster(Recorded):
    """A cluster with peers of this stack; `events` has registrations and looks, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.after: dict[str, tuple[str, ...]] = {}
        self.secrets: dict[str, str] = {}
        self.pool = threading.Event()
        self.held = 0.0
        for each in self.replies[self.peers]:
            each["metadata"]["labels"] = dict(OWN_LABELS)

    def read(self, path: str) -> Any:
        key = self.secrets.get(path.rpartition("/")[2])
        if key is None:
            return None
        data = {"password": base64.b64encode(key.encode()).decode()}
        return {
            "metadata": {"name": path.rpartition("/")[2]},
            "type": "kubernetes.io/basic-auth",
            "data": data,
        }

    def metrics(self, pod: Any, port: int, *, secure: bool) -> Any:
        # What is written too early is written now.
        self.pool.wait(self.held)
        self.events.append(LOOK)
        down = [
            each for name, listed in self.after.items() if name in self.events for each in listed
        ]
        if down:
            self.texts[pod["metadata"]["name"]] = sessions(*down)
        return super().metrics(pod, port, secure=secure)

    @property
    def order(self) -> list[str]:
        """Registered peers and looks, without repetitions of looks."""
        found: list[str] = []
        for each in self.events:
            if each != LOOK or found[-1:] != [LOOK]:
                found.append(each)
        return found


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """The program believes that it has an engine, and reads this cluster. Time passes by looks."""
    made = Cluster()
    register = RecordingMonitor.RegisterResource

    def noted(monitor: Any, request: Any) -> Any:
        if request.type.endswith(":IPAddressPool"):
            made.pool.set()
        if request.type.endswith((":BGPPeer", "v1:Secret", ":DaemonSet")):
            made.events.append(request.name.removeprefix("routing-bgppeer-"))
        return register(monitor, request)

    with (
        mock.patch("metallb.program.target.MockMonitor", type("Nothing", (), {})),
        mock.patch("metallb.program.waves.LiveCluster", return_value=made),
        mock.patch.object(RecordingMonitor, "RegisterResource", noted),
        mock.patch("metallb.program.sessions.PAUSE", 0.0),
        mock.patch("metallb.program.sessions.ROUTED", 0.0),
        mock.patch("metallb.program.sessions.time.monotonic", side_effect=map(float, count())),
    ):
        yield made


def stack(**changes: Any) -> Sections:
    """The cluster's stack with another hold time, and changes of its sections."""
    found = copy.deepcopy(SECTIONS)
    found["install"] |= {"source": "existing"}
    found["bgp"]["holdTime"] = "9s"
    found["kubernetes"] = {"context": "lab"}
    found["availability"] = {"maxSessionsDown": 1, "sessionTimeout": "90s"}
    for name, value in changes.items():
        found[name] = {**found.get(name, {}), **value} if value is not None else None
    return found


def peers(record: Record) -> set[str]:
    return {each.name.removeprefix("routing-bgppeer-") for each in record.kube("BGPPeer")}


def test_the_second_router_is_written_after_a_look_at_the_sessions_of_the_first(
    cluster: Cluster,
) -> None:
    record = run_root(stack())
    assert cluster.order == [LOOK, "rack1-tor1", LOOK, "rack1-tor2", LOOK]
    assert [each for level, each in record.logs if each.startswith("wave")] == [
        "wave 1 of 2: BGPPeer rack1-tor1; sessions that are down meanwhile: 2, at most 29 s; "
        "then BGPPeer rack1-tor2",
        "wave 2 of 2: BGPPeer rack1-tor2; sessions that are down meanwhile: 2, at most 29 s",
    ]


def test_the_futures_are_in_no_state(cluster: Cluster) -> None:
    record = run_root(stack())
    urns = {item.urn for item in record.resources}
    assert all(item.dependencies <= urns for item in record.kube())


def test_without_the_section_nothing_is_read_and_all_is_written_at_once(cluster: Cluster) -> None:
    assert peers(run_root(stack(availability=None))) == {"rack1-tor1", "rack1-tor2"}
    assert LOOK not in cluster.events
    assert cluster.listed == []


def test_what_resets_nothing_is_not_waited_for(cluster: Cluster) -> None:
    run_root(stack(bgp={"holdTime": "3s"}))
    assert LOOK not in cluster.events


def test_a_new_deployment_has_no_waves(cluster: Cluster) -> None:
    cluster.replies[cluster.peers] = []
    assert peers(run_root(stack())) == {"rack1-tor1", "rack1-tor2"}
    assert LOOK not in cluster.events


def test_peers_of_others_are_no_peers_of_the_stack(cluster: Cluster) -> None:
    for each in cluster.replies[cluster.peers]:
        each["metadata"]["labels"] = {}
    run_root(stack())
    assert LOOK not in cluster.events


def test_a_wave_whose_sessions_stay_down_is_the_last(cluster: Cluster) -> None:
    cluster.after = {"rack1-tor1": (ROUTER_DOWN,)}
    record = run_root_failing(stack())
    assert peers(record) == {"rack1-tor1"}
    shown = str(record.error)
    assert "error[E604]: sessions node1 -> rack1-tor1 (203.0.113.1), node2" in shown
    assert "a longer minimum of the hold time" in shown
    assert "Open and untouched: wave 2 (BGPPeer rack1-tor2)" in shown
    assert "Traceback" not in shown


def test_the_next_update_has_the_waves_that_are_left(cluster: Cluster) -> None:
    cluster.replies[cluster.peers][0]["spec"]["holdTime"] = "9s"
    record = run_root(stack())
    assert cluster.order[0] == LOOK
    assert cluster.order[-2:] == ["rack1-tor2", LOOK]
    assert [each[:11] for _, each in record.logs if each.startswith("wave")] == ["wave 1 of 1"]


def test_a_session_that_is_down_before_the_first_wave_stops_the_update(cluster: Cluster) -> None:
    cluster.texts["speaker-node1"] = sessions("203.0.113.2")
    cluster.replies[cluster.peers][1]["spec"]["holdTime"] = "9s"
    record = run_root_failing(stack())
    assert "error[E605]: session node1 -> rack1-tor2 (203.0.113.2) is down" in str(record.error)
    assert "rack1-tor1" not in peers(record)


def test_sessions_that_cannot_be_read_stop_the_update_before_it_begins(cluster: Cluster) -> None:
    cluster.texts["speaker-node1"] = None
    record = run_root_failing(stack())
    assert "error[E607]" in str(record.error)
    assert "401 Unauthorized" in str(record.error)
    assert record.kube() == [], "not even what is in no wave"


def test_a_cluster_that_does_not_answer_stops_the_update(cluster: Cluster) -> None:
    refused = EngineError("the API server does not answer", code="E601")
    with mock.patch("metallb.program.waves.LiveCluster", side_effect=refused):
        assert run_root_failing(stack()).kube() == []
        preview = run_root(stack(), preview=True)
    assert peers(preview) == {"rack1-tor1", "rack1-tor2"}


def test_a_preview_shows_the_waves_and_waits_for_nothing(cluster: Cluster) -> None:
    record = run_root(stack(), preview=True)
    assert peers(record) == {"rack1-tor1", "rack1-tor2"}
    assert LOOK not in cluster.events
    assert len([each for _, each in record.logs if each.startswith("wave")]) == 2


def test_another_key_in_one_secret_is_refused_and_the_same_key_is_none(cluster: Cluster) -> None:
    for each in cluster.replies[cluster.peers]:
        each["spec"] |= {"passwordSecret": {"name": "bgp-password"}, "holdTime": "9s"}
    cluster.secrets = {"bgp-password": "one"}
    record = run_root_failing(stack(bgp={"password": "two"}))
    assert "error[E606]" in str(record.error)
    assert record.kube() == []
    run_root(stack(bgp={"password": "one"}))
    assert LOOK not in cluster.events


def test_a_key_of_one_router_is_written_in_the_wave_of_its_peer(cluster: Cluster) -> None:
    for number, each in enumerate(cluster.replies[cluster.peers], 1):
        each["spec"]["passwordSecret"] = {"name": f"bgp-password-rack1-tor{number}"}
    cluster.secrets = {f"bgp-password-rack1-tor{number}": "old" for number in (1, 2)}
    found = stack()
    for router in found["platform"]["racks"][0]["routers"]:
        router["password"] = "new"
    record = run_root(found)
    assert cluster.order == [
        LOOK,
        "routing-secret-bgp-password-rack1-tor1",
        "rack1-tor1",
        LOOK,
        "routing-secret-bgp-password-rack1-tor2",
        "rack1-tor2",
        LOOK,
    ]
    peer = record.one("BGPPeer", "routing-bgppeer-rack1-tor2")
    secret = record.one("Secret", "routing-secret-bgp-password-rack1-tor2")
    assert secret.urn in peer.dependencies, "it goes after its peer when all is taken down"


def test_a_router_with_another_name_is_the_former_one_to_the_engine(cluster: Cluster) -> None:
    found = stack()
    found["platform"]["racks"][0]["routers"][0]["name"] = "edge"
    record = run_root(found)
    assert (
        "routing-bgppeer-rack1-tor1" in record.one("BGPPeer", "routing-bgppeer-rack1-edge").aliases
    )
    assert cluster.order == [LOOK, "rack1-edge", LOOK, "rack1-tor2", LOOK]


def test_nothing_is_written_before_the_sessions_have_been_read(cluster: Cluster) -> None:
    cluster.held = 0.5
    cluster.texts["speaker-node1"] = None
    record = run_root_failing(stack())
    assert record.kube() == []
    assert not cluster.pool.is_set()


def test_speakers_change_when_the_last_wave_is_over(cluster: Cluster) -> None:
    found = stack()
    found["install"].pop("source")
    with mock.patch("metallb.program.webhook.changes_cluster", return_value=False):
        record = run_root(found)
    (workload,) = record.kube("DaemonSet")
    assert cluster.order[-3:] == ["rack1-tor2", LOOK, workload.name]


def test_files_are_written_without_waves(cluster: Cluster) -> None:
    found = stack()
    found["kubernetes"] = {"renderTo": "build/waves"}
    run_root(found)
    assert cluster.listed == []
    assert LOOK not in cluster.events


def test_every_node_of_the_cluster_counts(cluster: Cluster) -> None:
    """Nodes by label: the cluster has them."""
    found = stack()
    rack = found["platform"]["racks"][0]
    rack.pop("nodes")
    rack["nodeSelectors"] = {"rack": "one"}
    for each in cluster.replies["/api/v1/nodes"]:
        each["metadata"]["labels"]["rack"] = "one"
    by_label = [{"matchLabels": {"rack": "one"}}]
    for each in cluster.replies[cluster.peers]:
        each["spec"]["nodeSelectors"] = by_label
    record = run_root(found)
    shown = next(each for _, each in record.logs if each.startswith("wave 1"))
    assert f"meanwhile: {len(NODES)}," in shown


def test_a_former_peer_stays_until_the_sessions_in_its_place_are_up(cluster: Cluster) -> None:
    """The engine deletes at the end of a program that ends well, and nothing after another one."""
    found = stack(bgp={"holdTime": "3s"})
    routers = found["platform"]["racks"][0]["routers"]
    routers[0] |= {"name": "edge", "address": "203.0.113.9"}
    record = run_root_failing(found)
    assert peers(record) == {"rack1-edge", "rack1-tor2"}
    shown = str(record.error)
    assert "sessions node1 -> rack1-edge (203.0.113.9)" in shown
    assert "Open and untouched: the deletion of BGPPeer rack1-tor1" in shown


def test_a_router_goes_where_its_nodes_keep_another(cluster: Cluster) -> None:
    found = stack(bgp={"holdTime": "3s"})
    del found["platform"]["racks"][0]["routers"][0]
    record = run_root(found)
    assert peers(record) == {"rack1-tor2"}
    assert LOOK in cluster.events


def test_a_router_stays_where_too_many_others_are_down(cluster: Cluster) -> None:
    """Two routers took the place of two in a former update, and do not answer yet."""
    found = stack(bgp={"holdTime": "3s"})
    routers = found["platform"]["racks"][0]["routers"]
    for number, router in enumerate(routers, 8):
        router |= {"name": f"edge{number}", "address": f"203.0.113.{number}"}
        edge = copy.deepcopy(cluster.replies[cluster.peers][0])
        edge["metadata"]["name"] = f"rack1-edge{number}"
        edge["spec"]["peerAddress"] = f"203.0.113.{number}"
        cluster.replies[cluster.peers].append(edge)
    record = run_root_failing(found)
    assert "error[E605]: sessions node1 -> rack1-edge8" in str(record.error)
    assert "the next step deletes former peers of the node" in str(record.error)
    for node in NODES:
        up = 'metallb_bgp_session_up{peer="203.0.113.8:179"} 1\n'
        cluster.texts[f"speaker-{node}"] = sessions() + up
    run_root(found)
