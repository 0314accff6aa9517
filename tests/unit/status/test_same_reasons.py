"""A reason that many share is stated once, and what is unknown is not shown as down."""

import pytest

from metallb.status.cluster import LiveCluster, MetricsUnreadable, _Route
from metallb.status.model import Health
from metallb.status.text import text
from tests.unit.status.conftest import NODES, NS, ROUTERS, sessions
from tests.unit.status.test_announcements import STATUSES, service, service_status

UNREADABLE = "its metrics can't be read (401 Unauthorized)"


@pytest.fixture
def blind(cluster):
    """Both speakers' metrics can't be read; one Service is announced by both."""
    cluster.texts |= {f"speaker-{node}": None for node in NODES}
    cluster.replies["/api/v1/services"] = [service()]
    cluster.replies[STATUSES] = [service_status(node) for node in NODES]
    return cluster


def shown(cluster, **options):
    return text(cluster.status(), **options).splitlines()


def test_a_reason_of_all_sessions_stands_once_above_them(blind):
    lines = shown(blind)
    assert "sessions: 0 of 4 up, 4 unknown" in lines
    place = lines.index(f"  unknown 4 sessions: {UNREADABLE}")
    assert [line.strip() for line in lines[place + 1 : place + 5]] == [
        f"{node} -> {peer} ({address})" for peer, address in ROUTERS.items() for node in NODES
    ]
    assert sum(UNREADABLE in line for line in lines) == 1


def test_a_reason_of_one_session_stands_beside_it(cluster):
    cluster.texts["speaker-node2"] = sessions("203.0.113.2")
    (line,) = [line for line in shown(cluster) if "DOWN" in line]
    assert line.startswith("  DOWN    node2 -> rack1-tor2 (203.0.113.2), since unknown: not")


def test_sessions_that_are_down_for_other_reasons_are_kept_apart(cluster):
    for node in NODES:
        cluster.texts[f"speaker-{node}"] = sessions(*ROUTERS.values())
    errors = {"node1": ("timeout", "timeout"), "node2": ("timeout", "wrong AS")}
    for node, (first, second) in errors.items():
        cluster.logs[f"speaker-{node}"] = "\n".join(
            f'{{"op":"connect","peer":"{address}","error":"{error}"}}'
            for address, error in zip(ROUTERS.values(), (first, second), strict=True)
        )
    lines = [line for line in shown(cluster) if "DOWN" in line]
    assert lines[0] == "  DOWN    3 sessions: not established: timeout"
    assert lines[1].endswith(
        "node2 -> rack1-tor2 (203.0.113.2), since unknown: not established: wrong AS"
    )
    assert len(lines) == 2


def test_a_configuration_that_is_unknown_for_one_reason_is_stated_once_with_every_name(blind):
    blind.replies[blind.states] = []
    names = ", ".join(f"speaker on {node}" for node in NODES)
    assert f"{names}: ready, configuration UNKNOWN: 401 Unauthorized" in shown(blind)


def test_a_service_whose_sessions_are_unknown_is_unknown_itself(blind):
    status = blind.status()
    (found,) = status.services
    assert (found.up, [each.unknown for each in found.announced]) == (None, [tuple(ROUTERS)] * 2)
    assert status.health is Health.UNKNOWN
    lines = shown(blind, everything=True)
    assert "services: 0 of 1 announced, 1 unknown" in lines
    (line,) = [line for line in lines if "shop/web" in line]
    assert "unknown" in line
    assert "router" in line


@pytest.mark.parametrize(
    ("down", "up"),
    [((), True), (("203.0.113.2",), True), (tuple(ROUTERS.values()), None)],
    ids=["up", "one up", "down or unknown"],
)
def test_a_service_is_up_as_soon_as_one_session_is_known_to_be(blind, down, up):
    blind.texts["speaker-node1"] = sessions(*down)
    (found,) = blind.status().services
    assert found.up is up
    assert bool(found.why) is (not up)


def test_peers_of_an_announcement_are_shown_with_what_is_known_of_their_sessions(blind):
    blind.texts["speaker-node1"] = sessions("203.0.113.2")
    (line,) = [line for line in shown(blind, everything=True) if "shop/web" in line]
    assert line.endswith(
        "announced by node1 to rack1-tor1, node2 to rack1-tor1 (unknown), rack1-tor2 (unknown)"
    )


def test_services_without_an_announcer_for_one_reason_stand_together(cluster):
    cluster.replies["/api/v1/services"] = [service(), service("api", "203.0.113.130")]
    cluster.replies[STATUSES] = []
    lines = [line for line in shown(cluster) if "shop/" in line]
    assert lines == [
        "  shop/web (203.0.113.129), shop/api (203.0.113.130): no endpoint of it is ready"
    ]


STATES = {
    "crashed": {"terminated": {"reason": "Error", "exitCode": 137}},
    "backing off": {"waiting": {"reason": "CrashLoopBackOff"}},
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_speaker_that_crashed_has_no_session_and_is_not_called(cluster, state):
    dead = cluster.replies[f"/api/v1/namespaces/{NS}/pods"][1]
    dead["status"] = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [{"name": "speaker", "state": state}],
    }
    status = cluster.status()
    (reason,) = {session.why for session in status.sessions if session.up is False}
    assert {session.node for session in status.sessions if session.up is False} == {"node1"}
    assert reason.startswith("the speaker is not ready: container speaker: ")
    assert [name for name, _, _ in cluster.requests if name == "speaker-node1"] == []
    assert status.notes == ()


def test_a_pod_of_which_one_container_runs_is_called(cluster):
    pod = cluster.replies[f"/api/v1/namespaces/{NS}/pods"][1]
    pod["status"]["containerStatuses"] = [
        {"name": "speaker", "state": {"running": {}}},
        {"name": "reloader", "state": {"terminated": {"exitCode": 1}}},
    ]
    assert cluster.status().health is Health.HEALTHY


@pytest.mark.parametrize(
    "error",
    [
        "dial tcp {ip}:9120: connect: connection refused",
        "read tcp 10.9.0.1:{port}->{ip}:10250: i/o timeout",
        "pods {name} is forbidden",
    ],
)
def test_the_ways_to_metrics_fail_in_the_same_words_for_every_pod(error):

    found = set()
    for number in (1, 11):
        ip, name = f"10.0.0.{number}", f"speaker-{number}"
        cluster = LiveCluster.__new__(LiveCluster)

        def fail(_pod, _port, _secure, ip=ip, name=name, number=number):
            raise MetricsUnreadable(error.format(ip=ip, name=name, port=40000 + number))

        cluster._routes = {True: [_Route("a way", fail)]}
        pod = {"metadata": {"name": name}, "status": {"podIP": ip, "hostIP": ip}}
        with pytest.raises(MetricsUnreadable) as raised:
            cluster.metrics(pod, 9120, secure=True)
        found.add(str(raised.value))
    assert len(found) == 1, found
