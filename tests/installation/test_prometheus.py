"""A real Prometheus scrapes MetalLB by the rendered ServiceMonitors and fires the rendered alert.

It finds, names and scrapes its targets by nothing but those objects and the account's rights. Not
shown: the Prometheus operator, whose translation `lab.scraping` repeats; the rendered interval and
the alerts' wait, which are shortened; alerts on kube-state-metrics, which does not run here.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from lab import cluster, needs, rendering, scraping
from lab.bringup import variant
from lab.prometheus import Prometheus
from lab.services import Balanced
from lab.spawn import wait_until
from tests.support.running import Running

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(
        needs.program("prometheus") is None,
        reason="prometheus is not on this machine: Debian package prometheus",
    ),
]

SYSTEM = "metallb-system"
DOWN = "MetalLBBGPSessionDown"


@pytest.fixture(scope="module")
def objects(running: Running, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What is rendered for the lab's stack with its alerts switched on."""
    folder = tmp_path_factory.mktemp("prometheus")

    def with_alerts(config: dict[str, Any]) -> None:
        config["metallb:install"]["monitoring"]["prometheusRule"] = True

    stack = variant(running.cluster.stack, folder / "Pulumi.alerts.yaml", with_alerts)
    return rendering.render(stack, folder / "rendered")


@pytest.fixture(scope="module")
def prometheus(running: Running, objects: list[dict[str, Any]]) -> Iterator[Prometheus]:
    """Prometheus on the first node, in the account that the rendered roles name."""
    lab = running.lab
    namespace, name = scraping.reader(objects)
    _account(running, namespace, name)
    cluster.publish_endpoints(lab.api, SYSTEM)
    started = Prometheus(lab, lab.fabric.hosts[0])
    try:
        started.start(objects)
        wait_until("a scrape of every target", lambda: _reached(running, started))
        yield started
    finally:
        started.stop()
        lab.api.delete(cluster.endpoint_slice("speaker-monitor-service", SYSTEM, [], []))


def _account(running: Running, namespace: str, name: str) -> str:
    """A ServiceAccount's token; the account is made where it is not there yet."""
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    meta = {"name": name, "namespace": namespace}
    running.lab.api.apply(home)
    running.lab.api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    return running.lab.api.token_of(namespace, name)


def _pods(running: Running) -> dict[str, str]:
    """Every pod of MetalLB's and its node."""
    speakers = {f"speaker-{host}": host for host in running.lab.fabric.hosts}
    return speakers | {running.cluster.controller.name: running.cluster.controller.node}


def _healths(prometheus: Prometheus) -> dict[str, str]:
    return {t["labels"].get("pod", t["scrapeUrl"]): t["health"] for t in prometheus.targets()}


def _reached(running: Running, prometheus: Prometheus) -> bool:
    """Whether every pod is a target that is up; an error says what is wrong with the others."""
    ill = {t["scrapeUrl"]: t["lastError"] for t in prometheus.targets() if t["health"] != "up"}
    assert not ill
    return _healths(prometheus) == dict.fromkeys(_pods(running), "up")


def _peers(running: Running, *routers: str) -> set[tuple[str, str]]:
    """Node and peer, as MetalLB writes it, of every session with some routers."""
    return {
        (session.host, f"{session.local}:{session.port}")
        for session in running.cluster.topology.sessions
        if session.router in routers and session.host in running.lab.fabric.hosts
    }


def _named(found: list[dict[str, Any]], part: str) -> set[tuple[str, str]]:
    return {(one[part]["node"], one[part]["peer"]) for one in found}


def test_every_speaker_and_the_controller_is_a_target_with_its_own_node(
    running: Running, prometheus: Prometheus
) -> None:
    found = prometheus.targets()
    labels = [target["labels"] for target in found]
    assert len(found) == len(running.lab.fabric.hosts) + 1
    assert {label["pod"]: label["node"] for label in labels} == _pods(running)
    assert {label["job"] for label in labels} == {"metallb"}
    assert {label["namespace"] for label in labels} == {SYSTEM}
    assert all(target["scrapeUrl"].startswith("https://") for target in found)


def test_a_session_that_is_up_is_a_series_of_its_node_and_peer(
    running: Running, prometheus: Prometheus
) -> None:
    routers = [router.name for router in running.cluster.topology.routers]
    wanted = _peers(running, *routers)
    assert len(wanted) == 6

    def shown() -> bool:
        found = prometheus.query("metallb_bgp_session_up")
        assert _named(found, "metric") == wanted
        assert len(found) == 6
        return {series["value"][1] for series in found} == {"1"}

    wait_until("every session's series", shown)


def test_an_announced_service_keeps_the_name_that_metallb_gives_it(
    running: Running, prometheus: Prometheus, web: Balanced
) -> None:
    """The target has a label `service` too, the metrics Service's."""
    expression = f'metallb_speaker_announced{{ip="{web.address()}"}}'
    count = len(running.lab.fabric.hosts)
    wait_until("its series", lambda: len(prometheus.query(expression)) == count)
    found = [series["metric"] for series in prometheus.query(expression)]
    assert {(one["service"], one["node"]) for one in found} == {
        ("default/web", host) for host in running.lab.fabric.hosts
    }


def test_every_alert_can_be_evaluated_and_none_is_on_for_sessions_that_are_up(
    prometheus: Prometheus, objects: list[dict[str, Any]]
) -> None:
    (rendered,) = rendering.find(objects, "PrometheusRule")
    wanted = [rule["alert"] for group in rendered["spec"]["groups"] for rule in group["rules"]]
    wait_until("an evaluation", lambda: {r["health"] for r in prometheus.rules()} == {"ok"})
    assert [rule["name"] for rule in prometheus.rules()] == wanted
    assert DOWN in wanted
    wait_until("no alert", lambda: prometheus.alerts(DOWN) == [])


def test_a_router_that_is_down_fires_an_alert_for_each_node_that_names_both(
    running: Running, prometheus: Prometheus
) -> None:
    fabric = running.lab.fabric
    router = running.cluster.topology.routers[0].name
    lost = _peers(running, router)
    fabric.stop_router(router)
    try:
        wait_until("an alert for each node", lambda: _fire(prometheus, lost))
    finally:
        fabric.start_router(router)
        wait_until("every session again", running.cluster.sessions_up)
    # It fired for these alone; a long window, as all that was waited for since takes its time.
    pending = f'last_over_time(ALERTS{{alertname="{DOWN}",alertstate="pending"}}[10m])'
    assert _named(prometheus.query(pending), "metric") >= lost
    wait_until("the alert's end", lambda: prometheus.alerts(DOWN) == [])


def _fire(prometheus: Prometheus, lost: set[tuple[str, str]]) -> bool:
    """Whether exactly these sessions' alerts fire, each with a text that names pod and node."""
    found = prometheus.alerts(DOWN)
    if not found or {alert["state"] for alert in found} != {"firing"}:
        return False
    assert _named(found, "labels") == lost
    for alert in found:
        node, peer = alert["labels"]["node"], alert["labels"]["peer"]
        assert alert["annotations"]["summary"] == f"BGP session with {peer} is down"
        assert f"speaker-{node} on node {node} " in alert["annotations"]["description"]
    return True


def test_the_token_of_another_account_makes_every_target_down(
    running: Running, prometheus: Prometheus, objects: list[dict[str, Any]]
) -> None:
    namespace, name = scraping.reader(objects)
    stranger = _account(running, namespace, "stranger")
    prometheus.give(stranger)
    try:
        wait_until(
            "no target, for want of rights",
            lambda: (
                {
                    (target["health"], "403 Forbidden" in target["lastError"])
                    for target in prometheus.targets()
                }
                == {("down", True)}
            ),
        )
    finally:
        prometheus.give(running.lab.api.token_of(namespace, name))
        meta = {"name": "stranger", "namespace": namespace}
        running.lab.api.delete({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        wait_until("every target again", lambda: _reached(running, prometheus))
