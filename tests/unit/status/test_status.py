"""What status says of recorded clusters."""

import json

import pytest

from metallb.stackfile import stack_config
from metallb.status.frr_k8s import session_state
from metallb.status.metrics import parse_metrics
from metallb.status.model import Health
from metallb.status.text import text
from tests.unit.status.conftest import NODES, NS, SECTIONS, pod, sessions
from tests.unit.status.older import older

PODS = f"/api/v1/namespaces/{NS}/pods"


def test_a_whole_cluster_is_healthy(cluster):
    status = cluster.status()
    assert status.health is Health.HEALTHY
    assert len(status.sessions) == 4
    assert all(session.up for session in status.sessions)
    assert (status.drift, status.pending, status.notes) == ((), (), ())


def test_speakers_of_0_16_are_read_where_their_template_says(cluster):
    cluster.status()
    assert ("speaker-node1", 9120, True) in cluster.requests


def test_a_session_that_is_down_is_reported_with_what_to_compare(cluster):
    cluster.texts["speaker-node2"] = sessions("203.0.113.2")
    status = cluster.status()
    (down,) = [session for session in status.sessions if not session.up]
    assert (down.node, down.peer, down.address) == ("node2", "rack1-tor2", "203.0.113.2")
    assert "MD5" in down.why
    assert down.since == "unknown"
    assert status.health is Health.UNHEALTHY
    lines = text(status).splitlines()
    assert any("DOWN " in line and "(203.0.113.2), since unknown: " in line for line in lines)
    assert not any("since" in line for line in lines if line.startswith("  up "))


def logged(router, **entry):
    return json.dumps({"caller": "native.go:1", "level": "info", "peer": router, **entry})


def test_a_session_has_been_up_since_the_speaker_logged_it(cluster):
    up = logged("203.0.113.1", event="sessionUp", ts="2026-01-02T03:04:05Z")
    cluster.logs["speaker-node1"] = f"not json\n{up}\n"
    found = {(s.node, s.address): s.since for s in cluster.status().sessions}
    assert found[("node1", "203.0.113.1")] == "2026-01-02T03:04:05Z"
    assert found[("node1", "203.0.113.2")] == "unknown", "the log says nothing of this router"
    assert found[("node2", "203.0.113.1")] == "unknown", "nor does another speaker's log"


def test_a_session_that_is_down_is_reported_with_its_time_and_the_last_attempts_error(cluster):
    cluster.texts["speaker-node2"] = sessions("203.0.113.2")
    cluster.logs["speaker-node2"] = "\n".join(
        [
            logged("203.0.113.2", event="sessionUp", ts="2026-01-02T03:00:00Z"),
            logged("203.0.113.2", event="sessionDown", ts="2026-01-02T03:04:05Z"),
            logged("203.0.113.2", op="connect", error="dial: connection refused", ts="x"),
        ]
    )
    (down,) = [session for session in cluster.status().sessions if not session.up]
    assert down.since == "2026-01-02T03:04:05Z"
    assert down.why == "not established: dial: connection refused"
    assert "since 2026-01-02T03:04:05Z" in text(cluster.status(), everything=False)


def test_a_log_that_ends_in_another_state_than_the_metric_gives_no_time(cluster):
    down = logged("203.0.113.1", event="sessionDown", ts="2026-01-02T03:04:05Z")
    cluster.logs["speaker-node1"] = down
    (session,) = [
        s for s in cluster.status().sessions if (s.node, s.address) == ("node1", "203.0.113.1")
    ]
    assert (session.up, session.since) == (True, "unknown")


def test_a_peer_that_the_speaker_does_not_know_is_down(cluster):
    cluster.texts["speaker-node1"] = ""
    down = [session for session in cluster.status().sessions if session.up is False]
    assert {session.node for session in down} == {"node1"}
    assert "does not know" in down[0].why


def test_metrics_that_can_not_be_read_make_sessions_unknown_rather_than_down(cluster):
    cluster.texts["speaker-node1"] = None
    status = cluster.status()
    unknown = [session for session in status.sessions if session.up is None]
    assert {session.node for session in unknown} == {"node1"}
    assert "401" in unknown[0].why
    assert status.health is Health.UNKNOWN
    assert "serviceMonitor" in status.notes[0]


def test_without_a_token_the_status_says_so_first_and_goes_on_without_the_sessions(cluster):
    cluster.without_token = "no token of metallb-system/metrics-reader: 404 not found"
    status = cluster.status()
    assert cluster.requests == [], "no pod is called for nothing"
    assert {session.up for session in status.sessions} == {None}
    assert [pool.used for pool in status.pools] == [1]
    assert {part.configuration for part in status.components} == {"valid"}
    assert status.health is Health.UNKNOWN
    first, second, help, *_ = text(status).splitlines()
    assert (first, second) == (
        "lab: unknown",
        f"cannot read MetalLB's metrics: {cluster.without_token}",
    )
    assert help.startswith("  help: metallb:install.monitoring.serviceMonitor makes the account")
    assert json.loads(status.model_dump_json(by_alias=True))["withoutToken"]
    assert status.notes == ()


def test_speakers_that_want_no_token_are_read_without_one(cluster):
    for each in cluster.replies[PODS]:
        (container,) = each["spec"]["containers"]
        container["args"] = ["--port=7472"]
        container["ports"] = [{"name": "monitoring", "containerPort": 7472}]
    cluster.without_token = "none"
    assert cluster.status().health is Health.HEALTHY


def test_a_node_that_is_meant_to_peer_and_runs_no_speaker_is_down(cluster):
    cluster.replies[PODS] = [p for p in cluster.replies[PODS] if p["spec"]["nodeName"] != "node2"]
    down = [session for session in cluster.status().sessions if session.up is False]
    assert {session.node for session in down} == {"node2"}
    assert "no speaker runs" in down[0].why


def test_a_speaker_that_refuses_the_configuration_gives_its_reason(cluster):
    state = next(s for s in cluster.replies[cluster.states] if s["metadata"]["name"].endswith("1"))
    state["status"] = {"result": "Invalid", "errorSummary": "peer rack1-tor1: bfd in native mode"}
    cluster.texts["speaker-node1"] = sessions("203.0.113.1")
    status = cluster.status()
    part = next(item for item in status.components if item.name == "speaker on node1")
    assert (part.configuration, part.message) == ("stale", "peer rack1-tor1: bfd in native mode")
    (down,) = [session for session in status.sessions if not session.up]
    assert "bfd in native mode" in down.why


@pytest.mark.parametrize(
    ("sample", "word"),
    [
        ("metallb_k8s_client_config_stale_bool 1", "stale"),
        ("metallb_k8s_client_config_loaded_bool 0", "not loaded"),
        ("metallb_k8s_client_config_loaded_bool 1", "valid"),
        ("", "unknown"),
    ],
)
def test_releases_without_a_configuration_state_are_reported_by_their_metrics(
    cluster, sample, word
):
    cluster.replies[cluster.states] = []
    cluster.texts["controller-1"] = sample
    (controller,) = [item for item in cluster.status().components if item.name == "controller"]
    assert controller.configuration == word


def test_what_the_api_server_filled_in_is_no_drift_and_a_changed_field_is(cluster):
    cluster.replies[cluster.peers][0]["spec"]["holdTime"] = "30s"
    status = cluster.status()
    assert status.health is Health.UNHEALTHY
    (drift,) = status.drift
    assert (drift.kind, drift.name) == ("BGPPeer", "rack1-tor1")
    assert drift.what == "holdTime is 30s, the stack file says 3s"


def test_objects_that_are_missing_or_from_elsewhere_are_drift(cluster):
    cluster.replies[cluster.peers].pop(1)
    cluster.replies[cluster.pools].append(
        {"metadata": {"name": "stray"}, "spec": {"addresses": []}}
    )
    found = {(item.name, item.what) for item in cluster.status().drift}
    assert found == {("rack1-tor2", "missing"), ("stray", "not in the stack file")}


def test_another_version_than_the_stack_files_is_drift(cluster):
    cluster.replies[PODS][0] = pod("controller-1", "controller", "cp", version="v0.16.0")
    (drift,) = cluster.status().drift
    assert drift.what == "runs v0.16.0, the stack file says v0.16.1"


@pytest.mark.parametrize("beside", [{}, {"aFieldOfALaterRelease": True}])
def test_a_password_in_a_live_object_is_drift_and_shown_nowhere(cluster, beside):
    cluster.replies[cluster.peers][0]["spec"].update(password="correct-horse", **beside)
    status = cluster.status()
    assert [item.name for item in status.drift] == ["rack1-tor1"]
    assert "correct-horse" not in status.model_dump_json() + text(status)


def test_an_image_of_ones_own_is_no_drift_until_another_runs(cluster):
    image = "registry.example.com/metallb/controller:v0.16.1-fips"
    install = {"version": "0.16.1", "controller": {"image": image}}
    stack = stack_config({**SECTIONS, "install": install}, source="test")
    controller = cluster.replies[PODS][0]["spec"]["containers"][0]
    controller["image"] = image
    assert cluster.status(stack).drift == ()
    controller["image"] = "quay.io/metallb/controller:v0.16.1"
    (found,) = cluster.status(stack).drift
    assert image in found.what


def test_a_cluster_without_metallb_is_unhealthy(cluster):
    cluster.replies = {"/api/v1/nodes": cluster.replies["/api/v1/nodes"]}
    status = cluster.status()
    assert status.health is Health.UNHEALTHY
    assert {item.what for item in status.drift} == {"missing"}


def test_nodes_that_announce_nothing_are_noted(cluster):
    labels = cluster.replies["/api/v1/nodes"][0]["metadata"]["labels"]
    labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
    assert any("announces nothing" in note for note in cluster.status().notes)


def test_frr_k8s_tells_its_sessions_itself(cluster):
    cluster.texts = dict.fromkeys(cluster.texts)
    for each in cluster.replies[PODS][1:]:
        env = [{"name": "METALLB_BGP_TYPE", "value": "frr-k8s"}]
        each["spec"]["containers"][0]["env"] = env
    written = [{"subresource": "status", "time": f"2026-11-24T10:0{n}:00Z"} for n in (4, 2)]
    cluster.replies["/apis/frrk8s.metallb.io/v1beta1/bgpsessionstates"] = [
        {
            "metadata": {"managedFields": written},
            "status": {"node": node, "peer": peer, "bgpStatus": word},
        }
        for node in NODES
        for peer, word in (("203.0.113.1", "Established"), ("203.0.113.2", "Active"))
    ]
    found = {(s.peer, s.up, s.why, s.since) for s in cluster.status().sessions}
    assert found == {
        ("rack1-tor1", True, "", "2026-11-24T10:04:00Z"),
        ("rack1-tor2", False, "not established: frr-k8s says Active", "unknown"),
    }


def test_frr_k8s_writes_an_ipv6_neighbor_out_in_full():
    state = {
        "metadata": {"creationTimestamp": "2026-11-24T10:00:00Z"},
        "status": {
            "node": "node1",
            "peer": "2001-0db8-0000-0000-0000-0000-0000-0001",
            "bgpStatus": "Established",
        },
    }
    assert session_state([state], "node1", "2001:db8::1") == (True, "", "2026-11-24T10:00:00Z")
    assert session_state([state], "node2", "2001:db8::1") is None
    assert session_state([state], "node1", "2001:db8::2") is None


def test_sessions_of_a_vrf_and_of_an_interface_have_states_of_their_own():
    def state(peer, bgp, vrf=""):
        status = {"node": "node1", "peer": peer, "vrf": vrf, "bgpStatus": bgp}
        return {"metadata": {}, "status": status}

    found = [state("192.0.2.1", "Established", "red"), state("192.0.2.1", "Active")]
    found.append(state("eth1", "Established"))
    ups = [session_state(found, "node1", "192.0.2.1", vrf)[0] for vrf in ("red", "")]
    assert ups == [True, False]
    assert session_state(found, "node1", "192.0.2.1", "blue") is None
    assert session_state(found, "node1", "eth1")[0] is True


def test_0_12_is_reported_from_its_config_map_and_plain_metrics(cluster):
    status = older(cluster, "3s")
    assert status.health is Health.HEALTHY, status
    assert len(status.sessions) == 4
    assert ("speaker-node1", 7472, False) in cluster.requests
    (pool,) = status.pools
    assert (pool.name, pool.free) == ("default", 16)


def test_0_12_logs_a_router_with_its_port(cluster):
    up = logged("203.0.113.1:179", event="sessionUp", ts="2026-01-02T03:04:05Z")
    cluster.logs["speaker-node1"] = up
    found = {(s.node, s.address): s.since for s in older(cluster, "3s").sessions}
    assert found[("node1", "203.0.113.1")] == "2026-01-02T03:04:05Z"


def test_sessions_are_reported_without_a_readable_config_map(cluster):
    status = older(cluster, "3s, hold-tim: 3s")
    assert [item.what for item in status.drift] == ["not a configuration of MetalLB 0.12"]
    assert {(s.node, s.address, s.up) for s in status.sessions} == {
        (node, f"203.0.113.{router}", True) for node in NODES for router in (1, 2)
    }


def test_a_config_map_that_differs_is_drift(cluster):
    (drift,) = older(cluster, "30s").drift
    assert "holdTime is 30s, the stack file says 3s" in drift.what
    assert "203.0.113.1" in drift.name


def test_a_metric_with_escapes_and_without_labels_is_read():
    samples = parse_metrics('# TYPE a gauge\na{peer="x\\"y",b="1"} 2\nb 1e3\nbroken\n')
    assert samples == {"a": [({"peer": 'x\\"y', "b": "1"}, 2.0)], "b": [({}, 1000.0)]}


def test_the_text_names_what_is_wrong_and_json_is_camel_case(cluster):
    cluster.texts["speaker-node2"] = sessions("203.0.113.2")
    status = cluster.status()
    shown = text(status)
    assert "sessions: 3 of 4 up" in shown
    assert "DOWN    node2 -> rack1-tor2 (203.0.113.2)" in shown
    document = json.loads(status.model_dump_json(by_alias=True))
    assert set(document) == {
        "format", "stack", "health", "sessions", "pools", "pending", "services", "components",
        "drift", "notes", "error", "withoutToken",
    }  # fmt: skip
