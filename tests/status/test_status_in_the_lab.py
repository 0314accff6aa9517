"""A session that is down, a full pool, a stale configuration and drift, as a running cluster tells.

Each test leaves the lab whole.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from lab.cluster import endpoint_slice
from lab.services import Balanced
from lab.spawn import wait_until
from metallb.status.model import Health, Status
from tests.status.conftest import NAMESPACE, Site

pytestmark = pytest.mark.lab


def status_when(site: Site, holds: Callable[[Status], bool], what: str) -> Status:
    known: list[Status] = []

    def looked() -> bool:
        known.append(site.status())
        return holds(known[-1])

    wait_until(what, looked, seconds=120, every=0.5)
    return known[-1]


def moment(text: str) -> datetime:
    """A time as a speaker logs it."""
    return datetime.fromisoformat(text)


def healthy(status: Status) -> bool:
    return status.health is Health.HEALTHY


def service(name: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "none"}},
    }


def test_a_whole_cluster_is_healthy_with_every_session_up(site: Site) -> None:
    status = status_when(site, healthy, "a healthy cluster")
    assert len(status.sessions) == 6
    assert all(session.up for session in status.sessions)
    assert all(moment(session.since) <= datetime.now(UTC) for session in status.sessions)
    assert status.drift == ()


def test_a_router_that_is_gone_leaves_exactly_its_sessions_down(site: Site) -> None:
    status_when(site, healthy, "a healthy cluster")
    stopped = datetime.now(UTC)
    site.fabric.stop_router("tor2")
    try:
        status = status_when(
            site,
            lambda s: sum("not established: " in x.why for x in s.sessions) == 3,
            "three sessions down",
        )
    finally:
        site.fabric.start_router("tor2")
    assert status.health is Health.UNHEALTHY
    down = [session for session in status.sessions if session.up is False]
    assert {session.peer for session in down} == {"rack1-tor2"}
    # What BIRD says when it is stopped, or what an attempt met after that.
    assert all(
        "Administrative Shutdown" in session.why or "203.0.113.2" in session.why for session in down
    ), [session.why for session in down]
    assert all(moment(session.since) >= stopped.replace(microsecond=0) for session in down)
    status_when(site, healthy, "a healthy cluster again")


def test_a_full_pool_and_the_service_that_waits_for_it_are_reported(site: Site) -> None:
    made = [service(f"filler-{number:02}") for number in range(17)]
    for each in made:
        site.api.create(each)
    try:
        status = status_when(
            site,
            # The controller tells why in an event, which comes after the pool's counters.
            lambda s: (
                any("available" in each.why for each in s.pending) and any(p.full for p in s.pools)
            ),
            "a full pool",
        )
    finally:
        for each in made:
            site.api.delete(each)
    pool = next(pool for pool in status.pools if pool.name == "default")
    assert (pool.used, pool.free) == (16, 0)
    assert "default" in status.pending[0].why or "available" in status.pending[0].why
    assert status.health is Health.UNHEALTHY
    status_when(site, lambda s: not s.pending and not any(p.full for p in s.pools), "room again")


def test_a_configuration_that_speakers_refuse_is_stale_with_their_reason(
    site: Site,
) -> None:
    profile = {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "BFDProfile",
        "metadata": {"name": "stray", "namespace": NAMESPACE},
        "spec": {"receiveInterval": 300},
    }
    site.api.create(profile)
    try:
        status = status_when(
            site, lambda s: any(c.configuration == "stale" for c in s.components), "stale"
        )
    finally:
        site.api.delete(profile)
    stale = [part for part in status.components if part.configuration == "stale"]
    assert {part.name for part in stale} >= {"speaker on node1", "speaker on node2"}
    assert all("bfd" in part.message.lower() for part in stale if part.name != "controller")
    assert [(item.kind, item.name, item.what) for item in status.drift] == [
        ("BFDProfile", "stray", "not in the stack file")
    ]
    status_when(site, healthy, "a healthy cluster again")


def test_a_field_that_was_changed_by_hand_is_drift(site: Site) -> None:
    peer = site.api.get("metallb.io/v1beta2", "BGPPeer", "rack1-tor1", NAMESPACE)
    site.api.merge(peer, {"spec": {"holdTime": "30s"}})
    try:
        status = site.status()
    finally:
        site.api.merge(peer, {"spec": {"holdTime": "3s"}})
    assert [(item.name, item.what) for item in status.drift] == [
        ("rack1-tor1", "holdTime is 30s, the stack file says 3s")
    ]
    status_when(site, healthy, "a healthy cluster again")


def test_a_workload_that_was_changed_by_hand_is_drift(site: Site) -> None:
    speaker = site.api.get("apps/v1", "DaemonSet", "speaker", NAMESPACE)
    selector = {"spec": {"template": {"spec": {"nodeSelector": {"by": "hand"}}}}}
    site.api.merge(speaker, selector)
    try:
        status = site.status()
    finally:
        selector["spec"]["template"]["spec"]["nodeSelector"] = {"by": None}
        site.api.merge(speaker, selector)
    ((kind, what),) = [(item.kind, item.what) for item in status.drift]
    assert kind == "DaemonSet"
    assert "nodeSelector is {" in what
    assert "'by': 'hand'" in what
    status_when(site, healthy, "a healthy cluster again")


def test_a_service_is_shown_with_who_announces_it_or_with_why_no_node_does(site: Site) -> None:
    web = Balanced(site.api, site.fabric, "web")
    address = web.create(site.fabric.hosts)
    advertisement = site.api.get("metallb.io/v1beta1", "BGPAdvertisement", "default", NAMESPACE)

    def announce_from(selectors: object) -> None:
        site.api.merge(advertisement, {"spec": {"nodeSelectors": selectors}})

    def why(status: Status) -> str:
        return status.services[0].why if status.services else "not listed"

    try:
        status = status_when(
            site,
            lambda s: [len(each.announced) for each in s.services] == [len(site.fabric.hosts)],
            "an announcement of every node",
        )
        (found,) = status.services
        assert (found.namespace, found.name, found.addresses) == ("default", "web", (address,))
        assert {each.node for each in found.announced} == set(site.fabric.hosts)
        assert {each.peers for each in found.announced} == {("rack1-tor1", "rack1-tor2")}
        assert all(each.up == each.peers for each in found.announced)
        assert status.health is Health.HEALTHY

        announce_from([{"matchLabels": {"on": "no-node"}}])
        status = status_when(
            site,
            lambda s: why(s).startswith("no speaker announces it, though"),
            "no announcer",
        )
        assert status.health is Health.UNHEALTHY
        announce_from(None)
        status_when(site, healthy, "a healthy cluster again")

        ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
        away = [("192.0.2.1", host, False) for host in web.endpoints]
        site.api.apply(endpoint_slice("web", "default", ports, away))
        status = status_when(site, lambda s: why(s).startswith("no endpoint of it"), "no endpoint")
        assert status.health is Health.HEALTHY
    finally:
        announce_from(None)
        web.delete()
    status_when(site, lambda s: not s.services, "no Service any more")
