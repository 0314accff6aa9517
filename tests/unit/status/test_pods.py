"""Which pods and nodes count, and what status says of those that do not do their work."""

import pytest

from metallb.stackfile import stack_config
from metallb.status.model import Health
from metallb.status.text import text
from tests.unit.status.conftest import NODES, NS, SECTIONS, pod, sessions

PODS = f"/api/v1/namespaces/{NS}/pods"


def beside(cluster, name, part, node, *, first=False, **status):
    """One pod more, which is not ready, and whose metrics are out of reach."""
    made = pod(name, part, node)
    made["status"] = {"conditions": [{"type": "Ready", "status": "False"}], **status}
    cluster.replies[PODS].insert(0 if first else len(cluster.replies[PODS]), made)
    cluster.texts[name] = None
    return made


def requests(cluster):
    return {name for name, _, _ in cluster.requests}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "status", [{"phase": "Failed", "reason": "Evicted"}, {"phase": "Succeeded"}]
)
def test_pods_that_are_over_do_not_count(cluster, first, status):
    beside(cluster, "controller-0", "controller", "cp", first=first, **status)
    beside(cluster, "speaker-old", "speaker", "node1", first=first, **status)
    status = cluster.status()
    assert status.health is Health.HEALTHY, status
    assert [item.name for item in status.components] == [
        "controller",
        "speaker on node1",
        "speaker on node2",
    ]
    assert not requests(cluster) & {"controller-0", "speaker-old"}


@pytest.mark.parametrize("first", [True, False])
def test_while_pods_are_replaced_the_one_that_stays_is_reported(cluster, first):
    for name, part, node in (("c-old", "controller", "cp"), ("s-old", "speaker", "node1")):
        old = beside(cluster, name, part, node, first=first)
        old["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
        old["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
        old["spec"]["containers"][0]["image"] = f"quay.io/metallb/{part}:v0.16.0"
    status = cluster.status()
    assert status.health is Health.HEALTHY, status
    assert not requests(cluster) & {"c-old", "s-old"}


@pytest.mark.parametrize("first", [True, False])
def test_of_two_speakers_on_a_node_the_ready_one_is_reported(cluster, first):
    beside(cluster, "speaker-stuck", "speaker", "node1", first=first)
    assert cluster.status().health is Health.HEALTHY


def test_two_controllers_are_distinguished(cluster):
    beside(cluster, "controller-new", "controller", "cp")
    status = cluster.status()
    ready = {item.name: item.ready for item in status.components if "controller" in item.name}
    assert ready == {"controller controller-1": True, "controller controller-new": False}
    assert status.health is Health.UNHEALTHY


def test_a_speaker_that_no_node_was_found_for_has_its_own_name_and_the_reason(cluster):
    why = {"reason": "Unschedulable", "message": "0/3 nodes are available:\nmemory"}
    waiting = beside(
        cluster,
        "speaker-abc",
        "speaker",
        "",
        phase="Pending",
        conditions=[{"type": "PodScheduled", "status": "False", **why}],
    )
    del waiting["spec"]["nodeName"]
    status = cluster.status()
    output = "Unschedulable: 0/3 nodes are available: memory"
    assert f"speaker speaker-abc: NOT READY, configuration UNKNOWN: {output}" in text(status)
    assert [item.name for item in status.components if not item.ready] == ["speaker speaker-abc"]
    assert status.health is Health.UNHEALTHY
    assert "speaker-abc" not in requests(cluster)


def test_a_speaker_whose_image_does_not_come_has_no_session_and_tells_why(cluster):
    image = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    stuck = cluster.replies[PODS][1]
    stuck["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [
            {"name": "reloader", "state": {"waiting": {"reason": "ContainerCreating"}}},
            {"name": "speaker", "state": {"waiting": image}},
        ],
    }
    status = cluster.status()
    why = "container speaker: ImagePullBackOff: Back-off pulling image"
    assert {(s.node, s.up, s.why) for s in status.sessions if not s.up} == {
        ("node1", False, f"the speaker is not ready: {why}")
    }
    (part,) = [item for item in status.components if not item.ready]
    assert (part.name, part.message) == ("speaker on node1", why)
    assert "speaker-node1" not in requests(cluster), "there is nothing to answer"
    assert status.notes == ()


def not_ready(cluster, index=1):
    output = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
    conditions = [{"type": "Ready", "status": "Unknown", **output}]
    cluster.replies["/api/v1/nodes"][index]["status"] = {"conditions": conditions}
    return f"the node is not ready: {output['message']}"


def test_a_node_that_is_not_ready_is_not_called_and_everything_else_is_reported(cluster):
    why = not_ready(cluster)
    status = cluster.status()
    assert {(s.node, s.up, s.why) for s in status.sessions} == {
        ("node1", True, ""),
        ("node2", None, why),
    }
    (part,) = [item for item in status.components if not item.ready]
    assert (part.name, part.message) == ("speaker on node2", why)
    assert "speaker-node2" not in requests(cluster)
    assert status.health is Health.UNHEALTHY
    assert status.notes == (), "no right would help"


def test_what_frr_k8s_last_wrote_of_a_node_that_is_not_ready_is_not_believed(cluster):
    not_ready(cluster)
    cluster.replies["/apis/frrk8s.metallb.io/v1beta1/bgpsessionstates"] = [
        {"metadata": {}, "status": {"node": node, "peer": peer, "bgpStatus": "Established"}}
        for node in NODES
        for peer in ("203.0.113.1", "203.0.113.2")
    ]
    install = {"version": "0.16.1", "source": "existing", "bgpMode": "frr-k8s"}
    stack = stack_config({**SECTIONS, "install": install}, source="test")
    found = {(s.node, s.up) for s in cluster.status(stack).sessions}
    assert found == {("node1", True), ("node2", None)}


def test_a_node_without_a_speaker_that_is_not_ready_says_so(cluster):
    why = not_ready(cluster)
    cluster.replies[PODS].pop()
    assert {s.why for s in cluster.status().sessions if s.node == "node2"} == {why}


@pytest.mark.parametrize("part", ["controller", "speaker"])
def test_a_component_without_a_pod_is_a_line_of_its_own(cluster, part):
    cluster.replies[PODS] = [
        each for each in cluster.replies[PODS] if each["metadata"]["labels"]["component"] != part
    ]
    status = cluster.status()
    (missing,) = [item for item in status.components if not item.ready]
    assert missing.name == part
    assert f"{part}: NOT READY, configuration UNKNOWN: no pod in namespace" in text(status)
    assert status.health is Health.UNHEALTHY


def test_a_namespace_without_pods_is_doubted(cluster):
    cluster.replies[PODS] = []
    for peer in cluster.replies[cluster.peers]:
        del peer["spec"]["nodeSelectors"]
    messages = {item.message for item in cluster.status().components}
    assert messages == {f"no pod runs in namespace {NS}: is it the one where MetalLB is installed?"}


def test_a_component_whose_configuration_is_unknown_says_why(cluster):
    cluster.replies[cluster.states] = []
    cluster.texts["controller-1"] = None
    (controller,) = [item for item in cluster.status().components if item.name == "controller"]
    assert (controller.ready, controller.configuration) == (True, "unknown")
    assert controller.message == "401 Unauthorized"


def test_one_speaker_that_can_not_be_read_hides_no_other(cluster):
    cluster.texts["speaker-node1"] = None
    cluster.texts["speaker-node2"] = sessions("203.0.113.2")
    up = {(s.node, s.address): s.up for s in cluster.status().sessions}
    assert up == {
        ("node1", "203.0.113.1"): None,
        ("node1", "203.0.113.2"): None,
        ("node2", "203.0.113.1"): True,
        ("node2", "203.0.113.2"): False,
    }
