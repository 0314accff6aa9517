"""Who announces a Service, and what status makes of one that no node announces."""

import pytest

from metallb.status.model import Health
from metallb.status.text import text
from tests.unit.status.conftest import NODES, ROUTERS, sessions
from tests.unit.status.test_refused_lists import ENDPOINTS, GROUP

STATUSES = GROUP.format(1, "servicebgpstatuses")
ADVERTISEMENTS = GROUP.format(1, "bgpadvertisements")
NOT_ANNOUNCED = "no speaker announces it, though an endpoint is ready"


def service(name="web", address="203.0.113.129", **spec):
    return {
        "metadata": {"namespace": "shop", "name": name, "labels": {"tier": "front"}},
        "spec": {"type": "LoadBalancer", **spec},
        "status": {"loadBalancer": {"ingress": [{"ip": address}]}},
    }


def service_status(node, *peers, name="web"):
    """What a speaker writes down."""
    return {
        "metadata": {"name": f"bgp-{node}-{name}"},
        "status": {
            "node": node,
            "serviceName": name,
            "serviceNamespace": "shop",
            "peers": list(peers or ROUTERS),
        },
    }


def endpoints(*conditions, node="node1", name="web", namespace="shop"):
    labels = {"kubernetes.io/service-name": name}
    entries = [{"nodeName": node, "conditions": each} for each in conditions]
    return {"metadata": {"namespace": namespace, "labels": labels}, "endpoints": entries}


@pytest.fixture
def web(cluster):
    """One Service with an address, a ready endpoint and, so far, no node that announces it."""
    cluster.replies["/api/v1/services"] = [service()]
    cluster.replies[STATUSES] = []
    cluster.replies[ENDPOINTS] = [endpoints({"ready": True})]
    return cluster


def test_a_service_is_reported_with_nodes_peers_and_the_sessions_that_carry_it(web):
    web.replies[STATUSES] = [service_status(node) for node in NODES]
    web.texts["speaker-node2"] = sessions("203.0.113.2")
    (found,) = web.status().services
    assert (found.namespace, found.name, found.addresses) == ("shop", "web", ("203.0.113.129",))
    assert [(each.node, each.peers, each.up) for each in found.announced] == [
        ("node1", tuple(ROUTERS), tuple(ROUTERS)),
        ("node2", tuple(ROUTERS), ("rack1-tor1",)),
    ]
    assert found.why == ""
    assert "services: 1 of 1 announced" in text(web.status())
    line = "shop/web (203.0.113.129): announced by node1 to rack1-tor1, rack1-tor2, node2 to rack1-"
    assert line in text(web.status(), everything=True)
    assert line not in text(web.status())


def test_with_every_service_announced_no_endpoints_are_listed(web):
    web.replies[STATUSES] = [service_status("node1")]
    assert web.status().health is Health.HEALTHY
    assert ENDPOINTS not in web.listed


def test_a_service_with_a_ready_endpoint_and_no_announcer_is_wrong(web):
    status = web.status()
    assert status.health is Health.UNHEALTHY
    assert status.services[0].why.startswith(NOT_ANNOUNCED)
    assert "services: 0 of 1 announced" in text(status)
    assert f"shop/web (203.0.113.129): {NOT_ANNOUNCED}" in text(status)


def test_a_service_whose_sessions_are_all_down_is_unreachable(web):
    web.replies[STATUSES] = [service_status("node1", "rack1-tor1")]
    web.texts["speaker-node1"] = sessions("203.0.113.1")
    assert web.status().services[0].why == "no session that carries it is up"


@pytest.mark.parametrize(
    "slices",
    [
        [],
        [endpoints({"ready": False})],
        [endpoints({"ready": True}, name="other")],
        [endpoints({"ready": True}, namespace="other")],
    ],
)
def test_a_service_without_a_ready_endpoint_is_reported_and_is_no_fault(web, slices):
    web.replies[ENDPOINTS] = slices
    status = web.status()
    assert status.services[0].why == "no endpoint of it is ready"
    assert status.health is Health.HEALTHY


@pytest.mark.parametrize("conditions", [{}, {"ready": None}, {"ready": False, "serving": True}])
def test_an_endpoint_counts_as_it_does_for_metallb(web, conditions):
    web.replies[ENDPOINTS] = [endpoints(conditions)]
    assert web.status().services[0].why.startswith(NOT_ANNOUNCED)


@pytest.mark.parametrize(
    ("node", "why"), [("node1", NOT_ANNOUNCED), ("far", "no endpoint of it is ready on a node")]
)
def test_local_traffic_needs_an_endpoint_where_a_speaker_is(web, node, why):
    web.replies["/api/v1/services"] = [service(externalTrafficPolicy="Local")]
    web.replies[ENDPOINTS] = [endpoints({"ready": True}, node=node)]
    assert web.status().services[0].why.startswith(why)


@pytest.mark.parametrize(
    ("change", "announceable"),
    [
        ({"ipAddressPools": ["other"]}, False),
        ({"ipAddressPools": []}, True),
        ({"ipAddressPoolSelectors": [{"matchLabels": {"a": "b"}}], "ipAddressPools": ["o"]}, True),
        ({"serviceSelectors": [{"matchLabels": {"tier": "back"}}]}, False),
        ({"serviceSelectors": [{"matchLabels": {"tier": "front"}}]}, True),
    ],
)
def test_a_service_that_no_advertisement_is_for_is_not_expected_to_be_announced(
    web, change, announceable
):
    web.replies[ADVERTISEMENTS][0]["spec"].update(change)
    (found,) = web.status().services
    expected = NOT_ANNOUNCED if announceable else "no advertisement is for its pool"
    assert found.why.startswith(expected)


def test_what_a_speaker_that_is_gone_left_behind_announces_nothing(web):
    web.replies[STATUSES] = [service_status("gone")]
    assert web.status().services[0].announced == ()


@pytest.mark.parametrize(
    "other",
    [service(loadBalancerClass="example.com/other"), service(address="198.51.100.1")],
    ids=["class", "address"],
)
def test_services_of_another_class_are_not_listed(web, other):
    web.replies["/api/v1/services"] = [other]
    status = web.status()
    assert status.services == ()
    assert status.health is Health.HEALTHY


def test_without_the_right_to_list_endpoints_it_stays_unknown_whether_a_service_is_cut_off(web):
    web.forbidden = {ENDPOINTS}
    status = web.status()
    assert status.health is Health.UNKNOWN
    assert "whether an endpoint is ready can't be read" in status.services[0].why
    assert status.notes[0].startswith("EndpointSlices can't be listed")


def test_before_0_15_nothing_says_who_announces_and_nothing_is_claimed(web):
    del web.replies[STATUSES]
    status = web.status()
    assert status.services == ()
    assert "services:" not in text(status)
    assert status.health is Health.HEALTHY
