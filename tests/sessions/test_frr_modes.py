"""The FRR modes with the speaker, the exporters, frr-k8s and FRR themselves: IPv4, IPv6, BFD, MD5.

Each test leaves the lab whole.
"""

import re

import pytest

from lab import bird, cluster
from lab.services import NAMESPACE, Balanced, service
from lab.spawn import wait_until
from metallb.installation import dashboard, prometheus_rule
from metallb.status.model import Health
from tests.support.frr_site import Site

pytestmark = pytest.mark.lab


def test_every_session_is_up_over_both_families_and_status_says_so(site: Site) -> None:
    status = site.when_healthy()
    ends = {session.address for session in status.sessions if session.up}
    assert ends == {"203.0.113.1", "203.0.113.2", "2001:db8:0:1::1"}
    assert len(status.sessions) == 6
    assert status.drift == ()


def test_the_router_with_a_profile_has_bfd_sessions_and_the_others_none(site: Site) -> None:
    site.when_healthy()

    def with_bfd(router: str) -> list[str]:
        shown = site.fabric.birdc(router, "show", "bfd", "sessions")
        return re.findall(r"^(203\.0\.113\.\d+)\s+\S+\s+Up\b", shown, re.M)

    wait_until("a BFD session with every node", lambda: len(with_bfd("tor1")) == 2)

    # BIRD takes a session for up a packet earlier than FRR does.
    def up_for_frr() -> bool:
        output = [node.ask("show bfd peers json").replace(" ", "") for node in site.frr.values()]
        return all('"status":"up"' in each for each in output)

    def printed() -> list[str]:
        return [
            labels["peer"]
            for series in site.metrics()
            for name in ("metallb_bfd_session_up", "frrk8s_bfd_session_up")
            for labels, value in series.get(name, [])
            if value == 1
        ]

    wait_until("FRR's view of them", up_for_frr)
    wait_until("their metrics", lambda: printed() == ["203.0.113.1"] * 2, every=0.5)


def test_a_router_that_is_gone_leaves_exactly_its_sessions_down(site: Site) -> None:
    site.when_healthy()
    for router, peer in (("tor2", "rack1-tor2"), ("tor6", "rack1-tor6")):
        site.fabric.stop_router(router)
        try:
            status = site.status_when(
                lambda s: sum(x.up is False for x in s.sessions) == 2, "two sessions down"
            )
        finally:
            site.fabric.start_router(router)
        assert status.health is Health.UNHEALTHY
        down = [session for session in status.sessions if session.up is False]
        assert {session.peer for session in down} == {peer}
        assert all("not established" in session.why for session in down)
        site.when_healthy()


def test_an_address_is_announced_to_the_routers_of_its_family(site: Site) -> None:
    site.when_healthy()
    fabric, api = site.fabric, site.lab.api
    four = Balanced(api, fabric, "four")
    six = service("six", pool="six")
    six["spec"]["ipFamilies"] = ["IPv6"]
    try:
        address = four.create(fabric.hosts)
        wait_until("routes to it", lambda: four.routed(["tor1", "tor2"]))
        api.apply(six)
        places = [(str(fabric.topology.host(h).address), h, True) for h in fabric.hosts]
        ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
        api.apply(cluster.endpoint_slice("six", NAMESPACE, ports, places))

        def routed() -> bool:
            shown = fabric.birdc("tor6", "show", "route", "2001:db8:0:2::/128", "all")
            return all(bird.protocol(host) in shown for host in fabric.hosts)

        wait_until("routes to the IPv6 address", routed)
        assert address not in fabric.birdc("tor6", "show", "route")
        assert "2001:db8:0:2:" not in fabric.birdc("tor1", "show", "route")
    finally:
        four.delete()
        api.delete(six)


def test_every_metric_of_alerts_and_dashboard_is_served(site: Site) -> None:
    install = site.stack.install
    printed = str(prometheus_rule.build(install)) + str(dashboard.build(install))
    wanted = set(re.findall(r"\b(?:metallb|frrk8s)_[a-z0-9_]+", printed))
    shown = {name for series in site.metrics() for name in series}
    assert prometheus_rule.session_metric(install) in wanted
    assert wanted - shown == set()
