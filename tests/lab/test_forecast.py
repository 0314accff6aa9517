"""What `metallb impact` and `metallb whatif` predict, beside what a site really does.

The speakers are MetalLB's, in native mode; one router is BIRD, the other FRR, with the files that
`metallb routers` writes. Which node leaves and which fails is drawn from a seed.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import needs
from lab.bringup import DEFAULT_STACK, Cluster, apply_install, prepare, start_controller, variant
from lab.generated import GeneratedRouters
from lab.guard import guarded
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import wait_until
from metallb.forecast.build import site_of_stack
from metallb.forecast.failures import Element, Kind, fail
from metallb.forecast.impact import impact_of
from metallb.forecast.site import Site
from metallb.loading.stack import load_file

pytestmark = pytest.mark.lab

SEED = 20
KEY = "lab-md5-key"
ROUTERS = {"tor1": "bird", "tor2": "frr"}
SLACK = 10
"""Seconds that routers and kernel may take beyond the bound, on a busy machine."""


def predicted_site(stack: Path) -> Site:
    return site_of_stack(load_file(stack).config)


@dataclass
class Real:
    """The running site, and a Service of its first pool on every node."""

    cluster: Cluster
    routers: GeneratedRouters
    service: Balanced

    def __post_init__(self) -> None:
        self.lab = self.cluster.lab
        self.fabric = self.lab.fabric
        self.hosts = list(self.fabric.hosts)

    def address(self, host: str) -> str:
        return str(self.fabric.topology.host(host).address)

    def routed(self, nodes: dict[str, set[str]]) -> bool:
        """Whether each router spreads the Service over exactly these nodes."""
        prefix = f"{self.service.address()}/32"
        return all(
            self.routers.hops(place, prefix) == sorted(map(self.address, nodes[f"rack1-{place}"]))
            for place in ROUTERS
        )

    def opened(self) -> Counter[tuple[str, str]]:
        """How often each speaker has opened a session, by node and router's address.

        A router that has not closed the former session may end the new one at once: then the
        speaker opens another.
        """
        found: Counter[tuple[str, str]] = Counter()
        for host in self.hosts:
            for line in self.lab.speaker(host).log_text().splitlines():
                if '"event":"sessionUp"' in line:
                    found[host, line.partition('"peer":"')[2].partition('"')[0]] += 1
        return found


def announcers(site: Site) -> dict[str, set[str]]:
    """The nodes that announce the pool `default`, by router."""
    (pool,) = (pool for pool in site.pools if pool.name == "default")
    return {router: set(nodes) for router, nodes in site.reaches[pool.reach].announcers.items()}


@pytest.fixture(scope="module")
def real() -> Iterator[Real]:
    if lacks := needs.missing() + needs.missing_frr():
        pytest.skip("this machine can't run the lab with FRR; missing: " + "; ".join(lacks))
    Lab("forecast").down()
    lab = Lab("forecast")
    with guarded(lab):
        cluster = prepare(lab, DEFAULT_STACK)
        routers = GeneratedRouters(lab, DEFAULT_STACK, KEY)
        for place, dialect in ROUTERS.items():
            routers.replace(place, dialect, router=f"rack1-{place}")
        apply_install(cluster)
        start_controller(cluster)
        lab.apply_when_ready(cluster.configuration)
        cluster.start_speakers()
        service = Balanced(lab.api, lab.fabric, "web", pool="default")
        service.create(lab.fabric.hosts)
        made = Real(cluster, routers, service)
        whole = announcers(predicted_site(DEFAULT_STACK))
        wait_until("every predicted route", lambda: made.routed(whole), seconds=120)
        yield made


def test_a_node_that_leaves_by_name_redials_the_sessions_that_are_predicted(
    real: Real, tmp_path: Path
) -> None:
    leaving = random.Random(SEED).choice(real.hosts)

    def without(config: dict[str, Any]) -> None:
        config["metallb:platform"]["racks"][0]["nodes"].remove(leaving)

    to = variant(DEFAULT_STACK, tmp_path / "Pulumi.less.yaml", without)
    before, after = predicted_site(DEFAULT_STACK), predicted_site(to)
    impact = impact_of(before, after)
    addresses = {session.router: session.address[0] for session in before.sessions}
    redials = Counter(
        (node, addresses[group.router]) for group in impact.redialled for node in group.nodes
    )
    assert redials.total() == 4
    opened = real.opened()
    own = real.cluster.render(DEFAULT_STACK)
    real.cluster.change(real.cluster.render(to))
    try:
        bound = impact.seconds + SLACK
        wait_until("the redials", lambda: real.opened() >= opened + redials, seconds=bound)
        wait_until("the routes", lambda: real.routed(announcers(after)), seconds=bound)
        assert set(real.opened() - opened) == set(redials)
    finally:
        real.cluster.change(own)
    wait_until("every route", lambda: real.routed(announcers(before)), seconds=60)


def test_routers_lose_a_silent_node_within_the_predicted_time(real: Real) -> None:
    site = predicted_site(DEFAULT_STACK)
    failing = random.Random(SEED + 1).choice(real.hosts)
    found = fail(site, (Element(Kind.NODE, failing),))
    assert [(loss.before, loss.after) for loss in found.narrowed] == [(3, 2), (3, 2)]
    left = {router: nodes - {failing} for router, nodes in announcers(site).items()}
    (segment,) = (each.name for each in real.fabric.topology.segments)
    real.fabric.cut(segment, failing)
    try:
        wait_until("the routes", lambda: real.routed(left), seconds=found.seconds + SLACK)
    finally:
        real.fabric.mend(segment, failing)
    wait_until("every route", lambda: real.routed(announcers(site)), seconds=120)


def test_a_routers_failure_leaves_the_other_ones_routes_alone(real: Real) -> None:
    site = predicted_site(DEFAULT_STACK)
    found = fail(site, (Element(Kind.ROUTER, "rack1-tor2"),))
    assert (found.sessions, found.narrowed, found.unreachable) == (3, (), ())
    prefix = f"{real.service.address()}/32"
    everyone = sorted(map(real.address, announcers(site)["rack1-tor1"]))
    real.routers.stop("tor2")
    try:
        wait_until("no route at tor2", lambda: real.routers.hops("tor2", prefix) == [])
        assert real.routers.hops("tor1", prefix) == everyone
    finally:
        real.routers.replace("tor2", "frr", router="rack1-tor2")
    wait_until("every route", lambda: real.routed(announcers(site)), seconds=180)
