"""Who answers for a Service in layer 2, and what may keep the answer from being the only one."""

import pytest

from metallb.status.model import Health
from metallb.status.text import text
from tests.unit.stacks import stack, static
from tests.unit.status.test_announcements import ADVERTISEMENTS, STATUSES, endpoints, service
from tests.unit.status.test_refused_lists import ENDPOINTS, GROUP

ANSWERS = GROUP.format(1, "servicel2statuses")
LAYER2 = GROUP.format(1, "l2advertisements")
KUBE_PROXY = "/api/v1/namespaces/kube-system/configmaps"
OF_DEFAULT = {"metadata": {"name": "default"}, "spec": {"ipAddressPools": ["default"]}}


def answer(node, *interfaces):
    """What the speaker of a node writes down."""
    return {
        "metadata": {"name": f"l2-{node}"},
        "status": {
            "node": node,
            "serviceName": "web",
            "serviceNamespace": "shop",
            "interfaces": [{"name": name} for name in interfaces],
        },
    }


def kube_proxy(mode, **ipvs):
    lines = [f"mode: {mode}", "ipvs:", *(f"  {key}: {value}" for key, value in ipvs.items())]
    return [{"metadata": {"name": "kube-proxy"}, "data": {"config.conf": "\n".join(lines)}}]


@pytest.fixture
def web(cluster):
    """One Service of a pool that layer 2 alone announces, with a ready endpoint."""
    cluster.replies["/api/v1/services"] = [service()]
    cluster.replies[STATUSES] = []
    cluster.replies[ADVERTISEMENTS] = []
    cluster.replies[LAYER2] = [OF_DEFAULT]
    cluster.replies[ANSWERS] = []
    cluster.replies[ENDPOINTS] = [endpoints({"ready": True})]
    cluster.replies[KUBE_PROXY] = []
    return cluster


def test_the_node_that_answers_is_shown_with_its_interfaces(web):
    web.replies[ANSWERS] = [answer("node2", "eth1", "eth0")]
    (found,) = web.status().services
    assert [(each.node, each.interfaces, each.peers) for each in found.announced] == [
        ("node2", ("eth0", "eth1"), ())
    ]
    assert (found.up, found.why) == (True, "")
    line = "shop/web (203.0.113.129): announced by node2 in layer 2 on eth0, eth1"
    assert line in text(web.status(), everything=True)
    assert ENDPOINTS not in web.listed


def test_a_ready_service_that_no_node_answers_for_is_wrong(web):
    status = web.status()
    assert status.health is Health.UNHEALTHY
    assert status.services[0].why.startswith("no speaker answers for it in layer 2")


def test_two_nodes_that_answer_are_wrong(web):
    web.replies[ANSWERS] = [answer("node1", "eth0"), answer("node2", "eth0")]
    status = web.status()
    assert status.health is Health.UNHEALTHY
    assert status.services[0].why.startswith("several nodes answer for it in layer 2")


def test_what_a_speaker_that_is_gone_left_behind_answers_for_nothing(web):
    web.replies[ANSWERS] = [answer("gone", "eth0"), answer("node1", "eth0")]
    (found,) = web.status().services
    assert [each.node for each in found.announced] == ["node1"]
    assert found.why == ""


@pytest.mark.parametrize(
    ("configuration", "noted"),
    [
        (kube_proxy("ipvs", strictARP="false"), True),
        (kube_proxy("ipvs", scheduler="rr"), True),
        (kube_proxy("ipvs", strictARP="true"), False),
        (kube_proxy("iptables", strictARP="false"), False),
        ([{"metadata": {"name": "kube-proxy"}, "data": {"config.conf": "mode: ["}}], False),
        ([], False),
    ],
)
def test_kube_proxy_in_ipvs_mode_needs_strict_arp(web, configuration, noted):
    web.replies[KUBE_PROXY] = configuration
    notes = [each for each in web.status().notes if "without strictARP" in each]
    assert bool(notes) is noted


def test_kube_proxy_is_not_looked_at_without_layer_2(cluster):
    cluster.status()
    assert KUBE_PROXY not in cluster.listed


def test_without_the_right_to_read_kube_proxy_the_health_stays(web):
    web.replies[ANSWERS] = [answer("node2", "eth0")]
    before = web.status().health
    web.forbidden = {KUBE_PROXY}
    status = web.status()
    assert status.health is before
    assert any("kube-proxy's configuration can't be read" in each for each in status.notes)


def test_an_l2advertisement_that_differs_is_drift(cluster):
    own = stack(
        static(
            addressPools={
                "default": {
                    "addresses": ["203.0.113.128/28"],
                    "layer2": {"default": {"interfaces": ["eth0"]}},
                }
            }
        )
    )
    cluster.replies[LAYER2] = [OF_DEFAULT]
    found = {
        each.name: each.what for each in cluster.status(own).drift if each.kind == "L2Advertisement"
    }
    assert found == {
        "default": "interfaces is not set, the stack file says ['eth0']",
    }
