"""What `metallb routers` writes, run by BIRD and FRR, with MetalLB's native speakers.

Neighbors by address and from a range, MD5 on every session, aggregated and single routes, with
communities and without.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import needs, net
from lab.bringup import DEFAULT_STACK, Cluster, apply_install, prepare, start_controller, variant
from lab.generated import GeneratedRouters, foreign_service
from lab.guard import guarded
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import wait_until

pytestmark = pytest.mark.lab

KEY = "lab-md5-key"
BIRD, FRR, RANGE = "rack1-tor1", "rack1-tor2", "rack2-tor3"
FOREIGN = "192.0.2.64"


def _stack(config: dict[str, Any]) -> None:
    config["metallb:platform"]["racks"] = [
        {
            "name": "rack1",
            "nodes": ["node1", "node2"],
            "routers": [
                {"name": "tor1", "address": "203.0.113.1"},
                {"name": "tor2", "address": "203.0.113.2"},
            ],
        },
        {
            "name": "rack2",
            "nodeSelectors": {"rack": "two"},
            "routers": [{"name": "tor3", "address": "203.0.113.65"}],
        },
    ]
    config["metallb:bgp"]["holdTime"] = "9s"
    config["metallb:bgp"]["communities"] = {"customer": "65000:100"}
    config["metallb:addressPools"]["whole"] = {
        "addresses": ["203.0.113.176/28"],
        "autoAssign": False,
        "advertisements": {"default": {"aggregationLength": 28, "communities": ["customer"]}},
    }
    config["metallb:kubernetes"]["nodeCidrs"] = ["203.0.113.0/26", "203.0.113.64/26"]


@dataclass
class Site:
    """The lab, and its routers."""

    cluster: Cluster
    routers: GeneratedRouters

    def __post_init__(self) -> None:
        self.lab = self.cluster.lab
        self.fabric = self.lab.fabric

    def hops(self, router: str, prefix: str) -> list[str]:
        return self.routers.hops(router, prefix)

    def nodes_of(self, router: str) -> list[str]:
        return sorted(str(s.remote) for s in self.cluster.topology.sessions_of(router))

    def sessions_up(self, router: str) -> bool:
        """Whether a comparison with the router's state finds nothing at all."""
        code, output = self.routers.check(router, self.routers.state(router))
        assert code == 0 or "E664" in output or "E652" in output, output
        return code == 0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if lacks := needs.missing() + needs.missing_frr():
        pytest.skip("this machine can't run the lab with FRR; missing: " + "; ".join(lacks))
    stack = variant(DEFAULT_STACK, tmp_path_factory.mktemp("routers") / "Pulumi.r.yaml", _stack)
    Lab("routers").down()
    lab = Lab("routers")
    with guarded(lab):
        cluster = prepare(lab, stack)
        found = Site(cluster, GeneratedRouters(lab, stack, KEY))
        found.routers.replace(BIRD, "bird")
        found.routers.replace(FRR, "frr")
        found.routers.replace(RANGE, "frr", by_address=False)
        apply_install(cluster)
        start_controller(cluster)
        lab.apply_when_ready(cluster.configuration)
        cluster.start_speakers()
        for router in (BIRD, FRR, RANGE):
            wait_until(f"sessions of {router}", lambda r=router: found.sessions_up(r), seconds=120)  # type: ignore[misc]
        yield found


@pytest.fixture
def services(site: Site) -> Iterator[dict[str, Balanced]]:
    """A Service in every pool, on every node."""
    made = {
        pool: Balanced(site.lab.api, site.fabric, pool, pool=pool)
        for pool in ("default", "intranet", "whole")
    }
    for each in made.values():
        each.create(site.fabric.hosts)
    yield made
    for each in made.values():
        each.delete()


def _prefixes(services: dict[str, Balanced]) -> list[str]:
    single = [f"{services[pool].address()}/32" for pool in ("default", "intranet")]
    return [*single, "203.0.113.176/28"]


def test_the_nodes_of_the_range_are_no_neighbors_by_address(site: Site) -> None:
    text = site.routers.text(RANGE, "frr", by_address=False)
    assert "bgp listen range 203.0.113.64/26" in text
    assert not re.search(r"^ neighbor \d", text, re.M)


def test_every_pools_route_is_spread_over_all_nodes(
    site: Site, services: dict[str, Balanced]
) -> None:
    for router in (BIRD, FRR, RANGE):
        assert len(site.nodes_of(router)) == 2
        for prefix in _prefixes(services):
            wait_until(
                f"{prefix} at {router}",
                lambda r=router, p=prefix: site.hops(r, p) == site.nodes_of(r),  # type: ignore[misc]
                seconds=60,
            )


def test_requests_from_each_router_reach_all_of_its_nodes(
    site: Site, services: dict[str, Balanced]
) -> None:
    address = services["default"].address()
    for router in (BIRD, FRR, RANGE):
        hosts = {s.host for s in site.cluster.topology.sessions_of(router)}
        wait_until(
            "its route",
            lambda r=router: site.hops(r, f"{address}/32") == site.nodes_of(r),  # type: ignore[misc]
            seconds=60,
        )
        answers = net.run(
            [sys.executable, "-c", _REQUESTS, str(address)], ns=site.fabric.ns(router)
        )
        assert set(answers.split()) == hosts


_REQUESTS = """
import sys, urllib.request
for _ in range(40):
    with urllib.request.urlopen(f"http://{sys.argv[1]}/", timeout=5) as answer:
        print(answer.read().decode())
"""


def test_a_route_that_no_pool_has_is_refused(site: Site, services: dict[str, Balanced]) -> None:
    del services
    before = {router: site.routers.refusals(router) for router in (BIRD, FRR)}
    with foreign_service(site.lab, FOREIGN):
        # Both nodes announce it, and each router's own counters say that it refused.
        for router in (BIRD, FRR):
            wait_until(
                f"{router}'s refusal",
                lambda r=router: site.routers.refusals(r) >= before[r] + 2,  # type: ignore[misc]
                seconds=60,
            )
        for router in (BIRD, FRR, RANGE):
            assert site.hops(router, f"{FOREIGN}/32") == []
            assert site.hops(router, "203.0.113.176/28") == site.nodes_of(router)


def test_a_router_that_runs_the_file_differs_in_nothing(site: Site) -> None:
    running = site.routers.frr[FRR].ask("show running-config")
    assert site.routers.check(FRR, running) == (0, "0 errors, 0 warnings\n")
    configured = (site.lab.folder / "bird" / f"{BIRD}.conf").read_text()
    assert site.routers.check(BIRD, configured) == (0, "0 errors, 0 warnings\n")


def test_a_neighbor_that_is_gone_is_reported_with_both_ends(site: Site) -> None:
    site.fabric.birdc_write(BIRD, "disable", "node1")
    try:
        code, output = site.routers.check(BIRD, site.routers.state(BIRD))
        assert code == 2
        assert "error[E664]" in output
        assert "node1" in output
        assert "node2" not in output
    finally:
        site.fabric.birdc_write(BIRD, "enable", "node1")
    wait_until("its session", lambda: site.sessions_up(BIRD), seconds=120)


def test_bird_takes_the_nodes_of_a_range_too(site: Site, services: dict[str, Balanced]) -> None:
    site.routers.replace(RANGE, "bird", by_address=False)
    wait_until("the sessions of the range", lambda: site.sessions_up(RANGE), seconds=120)
    for prefix in _prefixes(services):
        wait_until(
            f"{prefix} at {RANGE}",
            lambda p=prefix: site.hops(RANGE, p) == site.nodes_of(RANGE),  # type: ignore[misc]
            seconds=60,
        )


def test_a_router_without_the_key_gets_no_session_and_is_reported(
    site: Site, tmp_path: Path
) -> None:
    text = site.routers.text(RANGE, "bird")
    code, output = site.routers.check(RANGE, text)
    assert code == 2
    assert "the placeholder of a key" in output
    assert KEY not in output + text
