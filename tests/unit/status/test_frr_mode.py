"""FRR mode: a container of its own tells of the sessions, and labels them in its own way."""

import copy

import pytest

from metallb.stackfile import stack_config
from metallb.status.endpoints import Endpoint, endpoints
from metallb.status.metrics import parse_metrics, session_up
from metallb.status.model import Health
from tests.unit.status.conftest import NODES, NS, ROUTERS, SECTIONS, pod

PODS = f"/api/v1/namespaces/{NS}/pods"
STACK = stack_config(
    {
        **SECTIONS,
        "install": {"version": "0.16.1", "source": "existing", "bgpMode": "frr"},
    },
    source="test",
)


def container(name, *args, **ports):
    shown = [{"name": key, "containerPort": value} for key, value in ports.items()]
    return {"name": name, "args": list(args), "ports": shown}


FRR_METRICS = container("frr-metrics", "--metrics-port=9121", frrmetricshttps=9121)
PROXIED = [
    container("frr-metrics", "--metrics-port=7473", monitoring=7473),
    container("speaker", "--port=7472", monitoring=7472),
    container("kube-rbac-proxy", "--secure-listen-address=:9120", metricshttps=9120),
    container("kube-rbac-proxy-frr", "--secure-listen-address=:9121", metricshttps=9121),
]


def of(*containers):
    return {"spec": {"containers": list(containers)}}


def test_each_release_says_where_its_metrics_are():
    assert endpoints(pod("speaker-1", "speaker", "node1")) == (Endpoint(9120, secure=True),)
    plain = of(container("speaker", "--port=7472", monitoring=7472))
    assert endpoints(plain) == (Endpoint(7472, secure=False),)
    both = of(container("speaker", "--port=9120", metricshttps=9120), FRR_METRICS)
    assert endpoints(both) == (Endpoint(9120, secure=True), Endpoint(9121, secure=True))
    # Behind its proxy the program listens on localhost only.
    assert endpoints(of(*PROXIED)) == (Endpoint(9120, secure=True), Endpoint(9121, secure=True))
    assert endpoints(of(*PROXIED[:2])) == (
        Endpoint(7472, secure=False),
        Endpoint(7473, secure=False),
    )


@pytest.fixture
def in_frr_mode(cluster):
    """Speakers that say nothing of sessions, beside an exporter that does."""
    for each in cluster.replies[PODS][1:]:
        each["spec"]["containers"].append(FRR_METRICS)
    texts = {f"speaker-{node}": sessions(up=ROUTERS.values()) for node in NODES}
    real = cluster.metrics

    def metrics(pod, port, *, secure):
        if port != 9121:
            cluster.texts[pod["metadata"]["name"]] = "metallb_k8s_client_config_stale_bool 0\n"
            return real(pod, port, secure=secure)
        return parse_metrics(texts[pod["metadata"]["name"]])

    cluster.metrics = metrics
    cluster.of_frr = texts
    return cluster


def sessions(up=(), down=()):
    """The exporter knows no port of a session that is down, else that of the open connection."""
    lines = [f'metallb_bgp_session_up{{peer="{each}:41234",vrf="default"}} 1' for each in up]
    lines += [f'metallb_bgp_session_up{{peer="{each}:-1",vrf="default"}} 0' for each in down]
    return "\n".join(lines) + "\n"


def test_sessions_are_up_by_the_exporters_word(in_frr_mode):
    status = in_frr_mode.status(STACK)
    assert [session.up for session in status.sessions] == [True] * 4
    assert status.health is Health.HEALTHY, status


def test_one_that_is_down_has_no_port(in_frr_mode):
    first, second = ROUTERS.values()
    in_frr_mode.of_frr["speaker-node1"] = sessions(up=[first], down=[second])
    status = in_frr_mode.status(STACK)
    down = [(s.node, s.address) for s in status.sessions if s.up is False]
    assert down == [("node1", second)]
    assert status.health is Health.UNHEALTHY


def test_an_unnumbered_peer_leaves_the_sessions_of_its_nodes_unknown(in_frr_mode):
    in_frr_mode.of_frr.update(dict.fromkeys(in_frr_mode.of_frr, ""))
    peers = next(path for path in in_frr_mode.replies if path.endswith("bgppeers"))
    (before,) = {session.up for session in in_frr_mode.status(STACK).sessions}
    spec = {"myASN": 64512, "dynamicASN": "external", "interface": "eth1"}
    spec["nodeSelectors"] = [{"matchLabels": {"kubernetes.io/hostname": NODES[0]}}]
    in_frr_mode.replies[peers].append({"metadata": {"name": "cable"}, "spec": spec})
    found = {(session.node, session.up) for session in in_frr_mode.status(STACK).sessions}
    assert before is False
    assert found == {(NODES[0], None), (NODES[1], False)}


def test_an_ipv6_router_is_found_without_brackets_and_in_any_spelling():
    samples = parse_metrics(sessions(up=["2001:db8::1"], down=["2001:db8::2"]))
    assert session_up(samples, "2001:DB8:0::1", 179) is True
    assert session_up(samples, "2001:db8::2", 179) is False
    assert session_up(samples, "2001:db8::3", 179) is None
    assert session_up(samples, "2001:db8::1", 179, vrf="red") is None


def test_two_sessions_with_one_native_address_are_distinguished_by_port():
    text = 'metallb_bgp_session_up{peer="10.0.0.1:179"} 1\n'
    text += 'metallb_bgp_session_up{peer="10.0.0.1:1179"} 0\n'
    samples = parse_metrics(text)
    assert session_up(samples, "10.0.0.1", 179) is True
    assert session_up(samples, "10.0.0.1", 1179) is False


def test_without_session_states_frr_k8s_leaves_sessions_unknown(cluster):
    cluster.texts = dict.fromkeys(cluster.texts, "metallb_k8s_client_config_stale_bool 0\n")
    frr_k8s = {"version": "0.14.9", "source": "existing", "bgpMode": "frr-k8s"}
    stack = stack_config({**SECTIONS, "install": frr_k8s}, source="test")
    assert {session.up for session in cluster.status(stack).sessions} == {None}
    cluster.replies["/apis/frrk8s.metallb.io/v1beta1/bgpsessionstates"] = [
        {"metadata": {}, "status": {"node": "node1", "peer": "203.0.113.1", "bgpStatus": "Idle"}}
    ]
    assert {session.up for session in cluster.status(stack).sessions} == {False}


def test_a_node_that_frr_k8s_never_configures_is_noted(cluster):
    frr_k8s = {"version": "0.16.1", "source": "existing", "bgpMode": "frr-k8s"}
    stack = stack_config({**SECTIONS, "install": frr_k8s}, source="test")
    cluster.replies["/api/v1/nodes"][1]["metadata"]["labels"]["kubernetes.io/hostname"] = "worker-2"
    assert any("node2" in note and "worker-2" in note for note in cluster.status(stack).notes)
    assert not any("worker-2" in note for note in cluster.status().notes)


def test_what_configures_frr_beside_metallb_is_shown(cluster):
    frr_k8s = {"version": "0.16.1", "source": "existing", "bgpMode": "frr-k8s"}
    stack = stack_config({**SECTIONS, "install": frr_k8s}, source="test")
    path = "/apis/frrk8s.metallb.io/v1beta1/frrconfigurations"
    on_node1 = {"matchLabels": {"kubernetes.io/hostname": "node1"}}

    def item(name, spec, namespace=NS):
        return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}

    cluster.replies[path] = [
        item("metallb-node1", {"nodeSelector": on_node1}),
        item("source", {"nodeSelector": on_node1, "raw": {"rawConfig": "router bgp 65000"}}),
        item("metallb-node1", {"nodeSelector": on_node1, "bgp": {}}, "frr-k8s-system"),
        item("import", {"nodeSelector": {"matchLabels": {"zone": "a"}}, "bgp": {"routers": []}}),
    ]
    before = copy.deepcopy(cluster.replies[path])
    notes = [note for note in cluster.status(stack).notes if "FRRConfiguration" in note]
    assert notes == [
        f"FRRConfiguration {NS}/source has raw FRR configuration beside MetalLB's on node1",
        "FRRConfiguration frr-k8s-system/metallb-node1 configures FRR beside MetalLB's on node1",
        f"FRRConfiguration {NS}/import configures FRR beside MetalLB's on nodes with zone=a",
    ]
    assert cluster.replies[path] == before
    assert not [note for note in cluster.status().notes if "FRRConfiguration" in note]


def test_frr_configurations_that_are_refused_are_a_note_alone(cluster):
    frr_k8s = {"version": "0.16.1", "source": "existing", "bgpMode": "frr-k8s"}
    stack = stack_config({**SECTIONS, "install": frr_k8s}, source="test")
    healthy = cluster.status(stack).health
    cluster.forbidden.add("/apis/frrk8s.metallb.io/v1beta1/frrconfigurations")
    status = cluster.status(stack)
    assert any("FRRConfigurations can't be listed" in note for note in status.notes)
    assert status.health is healthy
