"""Custom resources wait for the webhook, and the webhook refuses what it should."""

from typing import Any

import pytest

from lab.api import Refused
from lab.exercise import SYSTEM, custom
from tests.support.running import Running

pytestmark = pytest.mark.lab


def test_without_a_controller_the_api_server_refuses_custom_resources(running: Running) -> None:
    refusal = running.gate.refusal
    assert refusal is not None, "a custom resource landed although nothing judged it"
    assert refusal.status >= 500, "refused for good, where a later try would do"
    assert "webhook" in refusal.message


def test_custom_resources_wait_for_a_late_controller_and_then_land(running: Running) -> None:
    assert running.gate.waited, "the apply ended before the controller ran"
    assert running.gate.error is None
    assert len(running.gate.wanted) >= 5
    assert running.gate.landed == running.gate.wanted


def test_the_certificate_reaches_both_the_webhooks_and_the_conversion(running: Running) -> None:
    api = running.lab.api
    kind = "ValidatingWebhookConfiguration"
    (hooks,) = api.list("admissionregistration.k8s.io/v1", kind)
    bundles = {hook["clientConfig"]["caBundle"] for hook in hooks["webhooks"]}
    crd = api.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", "bgppeers.metallb.io")
    bundles.add(crd["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"])
    assert len(bundles) == 1


def test_an_older_spelling_of_a_peer_is_converted_by_the_controller(running: Running) -> None:
    peer = next(o for o in running.cluster.configuration if o["kind"] == "BGPPeer")
    old = running.lab.api.get("metallb.io/v1beta1", "BGPPeer", peer["metadata"]["name"], SYSTEM)
    assert old["spec"]["peerAddress"] == peer["spec"]["peerAddress"]
    assert old["spec"]["myASN"] == peer["spec"]["myASN"]


REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a pool that overlaps another": (
        "v1beta1",
        "IPAddressPool",
        {"addresses": ["203.0.113.130-203.0.113.131"]},
        "overlaps",
    ),
    "a pool whose address is none": (
        "v1beta1",
        "IPAddressPool",
        {"addresses": ["203.0.113.300/32"]},
        "invalid",
    ),
    "a peer whose address is a host name": (
        "v1beta2",
        "BGPPeer",
        {"myASN": 65000, "peerASN": 65530, "peerAddress": "tor1.example.com"},
        "invalid",
    ),
    "a peer with a hold time of two seconds": (
        "v1beta2",
        "BGPPeer",
        {"myASN": 65000, "peerASN": 65530, "peerAddress": "203.0.113.9", "holdTime": "2s"},
        "hold time",
    ),
    "a peer with a virtual routing table in native mode": (
        "v1beta2",
        "BGPPeer",
        {"myASN": 65000, "peerASN": 65530, "peerAddress": "203.0.113.9", "vrf": "red"},
        "vrf",
    ),
    "an advertisement wider than its pool": (
        "v1beta1",
        "BGPAdvertisement",
        {"ipAddressPools": ["default"], "aggregationLength": 20},
        "aggregation",
    ),
    "an advertisement with a community of three parts": (
        "v1beta1",
        "BGPAdvertisement",
        {"ipAddressPools": ["intranet"], "communities": ["1:2:3"]},
        "community",
    ),
    "a community whose number is too large": (
        "v1beta1",
        "Community",
        {"communities": [{"name": "x", "value": "65536:1"}]},
        "community",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_webhook_refuses(running: Running, case: str) -> None:
    version, kind, spec, word = REFUSED[case]
    with pytest.raises(Refused) as refusal:
        running.lab.api.create(custom(kind, "lab-wrong", spec, version), dry_run=True)
    assert "denied the request" in refusal.value.message, "something else refused it"
    assert word in refusal.value.message.lower()


def test_the_webhook_refuses_a_pool_outside_of_metallbs_namespace(running: Running) -> None:
    pool = custom("IPAddressPool", "lab-elsewhere", {"addresses": ["198.18.1.0/30"]})
    pool["metadata"]["namespace"] = "default"
    with pytest.raises(Refused, match="denied the request"):
        running.lab.api.create(pool, dry_run=True)
