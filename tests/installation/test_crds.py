"""The CRDs prune nothing that MetalLB writes, and refuse what their schema refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab import exercise
from lab.api import Object, Refused
from lab.exercise import SYSTEM, custom
from lab.services import Balanced
from lab.spawn import wait_until
from tests.installation import crds
from tests.support.running import Running

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def ours(running: Running) -> dict[str, Object]:
    kind = "CustomResourceDefinition"
    found = running.lab.api.list("apiextensions.k8s.io/v1", kind)
    return {
        crd["spec"]["names"]["kind"]: crd for crd in found if crd["spec"]["group"] == "metallb.io"
    }


def test_every_kind_and_version_that_metallb_serves_is_there(ours: dict[str, Object]) -> None:
    theirs = crds.upstream()
    assert set(theirs) <= set(ours)
    for kind, crd in theirs.items():
        assert set(crds.versions(crd)) <= set(crds.versions(ours[kind])), kind
        assert crd["spec"]["names"]["plural"] == ours[kind]["spec"]["names"]["plural"]
        assert crd["spec"]["scope"] == ours[kind]["spec"]["scope"]


def test_every_field_that_metallb_knows_is_known_with_its_type(ours: dict[str, Object]) -> None:
    unknown = []
    for kind, crd in crds.upstream().items():
        for version, schema in crds.versions(crd).items():
            own = dict(crds.fields(crds.versions(ours[kind])[version]))
            unknown += [
                f"{kind} {version} {field} ({form}; ours: {own.get(field)})"
                for field, form in crds.fields(schema)
                if own.get(field) != form
            ]
    assert not unknown


def test_every_kind_has_a_status_part_where_metallb_has_one(ours: dict[str, Object]) -> None:
    for kind, crd in crds.upstream().items():
        for version in crd["spec"]["versions"]:
            if "status" in version.get("subresources", {}):
                own = next(
                    v for v in ours[kind]["spec"]["versions"] if v["name"] == version["name"]
                )
                assert "status" in own.get("subresources", {}), f"{kind} {version['name']}"


@pytest.fixture(scope="module")
def announced(running: Running) -> Iterator[Balanced]:
    service = Balanced(running.lab.api, running.lab.fabric, "status", pool="default")
    service.create(running.lab.fabric.hosts)
    wait_until("routes", service.routed)
    yield service
    service.delete()


def test_the_statuses_that_metallb_writes_arrive_whole(
    running: Running, announced: Balanced
) -> None:
    api, hosts = running.lab.api, running.lab.fabric.hosts

    def statuses() -> list[Object]:
        found = [s["status"] for s in exercise.statuses(api, "ServiceBGPStatus")]
        return [status for status in found if status.get("serviceName") == "status"]

    wait_until("a ServiceBGPStatus for every node", lambda: len(statuses()) == len(hosts))
    routers = {session.local for session in running.cluster.topology.sessions}
    for status in statuses():
        assert status["serviceNamespace"] == "default"
        assert status["node"] in hosts
        assert len(status["peers"]) == len(routers)

    states = exercise.statuses(api, "ConfigurationState")
    assert {s["metadata"]["name"] for s in states} >= {
        "controller",
        *(f"speaker-{h}" for h in hosts),
    }
    for state in states:
        assert state["status"]["result"] == "Valid", state
        assert state["status"]["conditions"], state

    pool = api.get("metallb.io/v1beta1", "IPAddressPool", "default", SYSTEM)
    assert pool["status"]["assignedIPv4"] == 1
    assert pool["status"]["availableIPv4"] == 15


SCHEMA_REFUSES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a peer without an AS number of ours": ("v1beta2", "BGPPeer", {"peerASN": 65530}),
    "a negative AS number": ("v1beta2", "BGPPeer", {"myASN": -1}),
    "an AS number of 33 bits": ("v1beta2", "BGPPeer", {"myASN": 4294967296}),
    "a port above 16384": ("v1beta2", "BGPPeer", {"myASN": 1, "peerPort": 16385}),
    "a word for dynamicASN that is none": ("v1beta2", "BGPPeer", {"myASN": 1, "dynamicASN": "any"}),
    "a connect time of parts of a second": (
        "v1beta2",
        "BGPPeer",
        {"myASN": 1, "connectTime": "1500ms"},
    ),
    "an unknown field": ("v1beta2", "BGPPeer", {"myASN": 1, "peerAsn": 2}),
    "a pool without addresses": ("v1beta1", "IPAddressPool", {}),
    "a pool whose addresses are one text": ("v1beta1", "IPAddressPool", {"addresses": "a"}),
    "an aggregation length of zero": ("v1beta1", "BGPAdvertisement", {"aggregationLength": 0}),
    "service selectors with aggregation": (
        "v1beta1",
        "BGPAdvertisement",
        {"aggregationLength": 24, "serviceSelectors": [{"matchLabels": {"a": "b"}}]},
    ),
    "a BFD interval of nine milliseconds": ("v1beta1", "BFDProfile", {"receiveInterval": 9}),
    "a BFD multiplier of one": ("v1beta1", "BFDProfile", {"detectMultiplier": 1}),
    "a BFD TTL of 255": ("v1beta1", "BFDProfile", {"minimumTtl": 255}),
}


@pytest.mark.parametrize("case", SCHEMA_REFUSES)
def test_the_schema_refuses(running: Running, case: str) -> None:
    version, kind, spec = SCHEMA_REFUSES[case]
    with pytest.raises(Refused) as refusal:
        running.lab.api.create(custom(kind, "lab-wrong", spec, version), dry_run=True)
    assert "denied the request" not in refusal.value.message, "the webhook had to do it"
    assert refusal.value.status in (400, 422)


def test_graceful_restart_of_a_peer_can_not_be_changed_in_place(running: Running) -> None:
    """Checked by the schema, so it holds while the webhook is away."""
    api = running.lab.api
    nowhere = [{"matchLabels": {"kubernetes.io/hostname": "no-such-node"}}]
    spec = {"myASN": 65000, "peerASN": 65530, "peerAddress": "203.0.113.9"}
    spec |= {"nodeSelectors": nowhere, "enableGracefulRestart": False}
    peer = custom("BGPPeer", "lab-restart", spec, "v1beta2")
    api.create(peer)
    try:
        changed = {**peer, "spec": {**spec, "enableGracefulRestart": True}}
        with pytest.raises(Refused) as refusal:
            api.apply(changed, dry_run=True)
        assert refusal.value.status == 422
    finally:
        api.delete(peer)
