"""What exists before what: an upgrade must not take addresses or sessions away for a moment."""

from typing import Any

import pytest

from tests.support.programs import SHIPPED, run_root, sections
from tests.support.record import Record


def _of(release: str) -> list[str]:
    """The shipped stacks of a release."""
    return [name for name in SHIPPED if sections(name)["install"]["version"].startswith(release)]


def _old(found: dict[str, Any]) -> None:
    found["install"]["version"] = "0.12.1"


@pytest.fixture(scope="module", params=_of("0.16"))
def record(request: pytest.FixtureRequest) -> Record:
    return run_root(sections(request.param))


def test_the_controller_starts_with_its_pools_in_place(record: Record) -> None:
    controller = record.one("Deployment")
    for pool in record.kube("IPAddressPool"):
        assert record.depends_on(controller, pool.urn), (
            "a controller without pools takes the addresses from all Services"
        )


def test_the_webhooks_come_after_the_pools_that_they_would_keep_waiting(record: Record) -> None:
    hook = record.one("ValidatingWebhookConfiguration")
    for pool in record.kube("IPAddressPool"):
        assert record.depends_on(hook, pool.urn)
        assert not record.depends_on(pool, hook.urn)


def test_peers_and_advertisements_wait_for_the_webhooks_and_the_controller(record: Record) -> None:
    hook = record.one("ValidatingWebhookConfiguration")
    controller = record.one("Deployment")
    for item in [*record.kube("BGPPeer"), *record.kube("BGPAdvertisement")]:
        assert record.depends_on(item, hook.urn), item.name
        assert record.depends_on(item, controller.urn), item.name


def test_speakers_start_with_their_peers_in_place(record: Record) -> None:
    speakers = record.one("DaemonSet")
    for item in [*record.kube("BGPPeer"), *record.kube("BGPAdvertisement")]:
        assert record.depends_on(speakers, item.urn), item.name


def test_pools_wait_for_their_definition_and_namespace(record: Record) -> None:
    namespace = record.one("Namespace")
    [definition] = [
        item for item in record.kube("CustomResourceDefinition") if "ipaddresspools" in item.name
    ]
    for pool in record.kube("IPAddressPool"):
        assert record.depends_on(pool, definition.urn)
        assert record.depends_on(pool, namespace.urn)


@pytest.mark.parametrize("stack", ["onprem", *_of("0.12")])
def test_on_0_12_speakers_start_with_their_configmap_in_place(stack: str) -> None:
    record = run_root(sections(stack, _old))
    [config] = [item for item in record.kube("ConfigMap") if item.name.endswith("-config")]
    assert record.depends_on(record.one("DaemonSet"), config.urn)
