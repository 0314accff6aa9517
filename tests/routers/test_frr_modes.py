"""What `metallb routers` writes, run by BIRD and FRR, with MetalLB's FRR modes: MD5, BFD, IPv6.

Each test leaves the lab whole.
"""

import json
import re
from collections.abc import Iterator

import pytest

from lab import cluster
from lab.generated import GeneratedRouters, foreign_service
from lab.services import NAMESPACE, Balanced, service
from lab.spawn import wait_until
from tests.support.frr_site import Site

pytestmark = pytest.mark.lab

KEY = "lab-md5-key"
FOREIGN = "192.0.2.64"
WATCHED, SIX = "tor1", "tor6"
"""The router with a BFD profile, by address; the one of IPv6, by a range."""
NAMES = {WATCHED: "rack1-tor1", SIX: "rack1-tor6"}


@pytest.fixture(scope="module", params=["frr", "bird"])
def routers(site: Site, request: pytest.FixtureRequest) -> Iterator[GeneratedRouters]:
    made = GeneratedRouters(site.lab, site.cluster.stack, KEY)
    try:
        for place, name in NAMES.items():
            made.replace(place, request.param, router=name, by_address=place == WATCHED)
        for place in NAMES:
            wait_until(f"the sessions of {place}", lambda p=place: _up(made, p), seconds=120)  # type: ignore[misc]
        yield made
    finally:
        for place in NAMES:
            made.restore(place)
    site.when_healthy()


def _up(routers: GeneratedRouters, place: str) -> bool:
    """Whether a comparison with the router's state finds nothing at all."""
    code, output = routers.check(place, routers.state(place), router=NAMES[place])
    assert code == 0 or "E664" in output or "E652" in output, output
    return code == 0


def _hosts(site: Site) -> list[str]:
    return sorted(str(site.fabric.topology.host(host).address) for host in site.fabric.hosts)


def test_bfd_is_up_at_both_ends(site: Site, routers: GeneratedRouters) -> None:
    def of_the_router() -> list[str]:
        if WATCHED in routers.frr:
            shown = json.loads(routers.frr[WATCHED].ask("show bfd peers json"))
            return sorted(each["peer"] for each in shown if each["status"] == "up")
        words = site.fabric.birdc(WATCHED, "show", "bfd", "sessions")
        return sorted(re.findall(r"^(203\.0\.113\.\d+)\s+\S+\s+Up\b", words, re.M))

    wait_until("the router's BFD sessions", lambda: of_the_router() == _hosts(site), seconds=60)

    def of_the_nodes() -> list[str]:
        shown = [json.loads(node.ask("show bfd peers json")) for node in site.frr.values()]
        return [one["status"] for each in shown for one in each if one["peer"] == "203.0.113.1"]

    wait_until("the nodes' view", lambda: of_the_nodes() == ["up"] * len(site.frr), seconds=60)


def test_routes_of_both_families_are_spread_over_all_nodes(
    site: Site, routers: GeneratedRouters
) -> None:
    fabric, api = site.fabric, site.lab.api
    four = Balanced(api, fabric, "four")
    six = service("six", pool="six")
    six["spec"]["ipFamilies"] = ["IPv6"]
    try:
        address = four.create(fabric.hosts)
        wait_until(
            "the route of IPv4",
            lambda: routers.hops(WATCHED, f"{address}/32") == _hosts(site),
            seconds=60,
        )
        api.apply(six)
        places = [(str(fabric.topology.host(h).address), h, True) for h in fabric.hosts]
        ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
        api.apply(cluster.endpoint_slice("six", NAMESPACE, ports, places))
        wait_until(
            "the route of IPv6",
            lambda: len(routers.hops(SIX, "2001:db8:0:2::/128")) == len(fabric.hosts),
            seconds=60,
        )
        assert routers.hops(SIX, f"{address}/32") == []
    finally:
        four.delete()
        api.delete(six)


def test_a_route_that_no_pool_has_is_refused(site: Site, routers: GeneratedRouters) -> None:
    name = NAMES[WATCHED]
    before = routers.refusals(WATCHED, router=name)
    with foreign_service(site.lab, FOREIGN):
        wait_until(
            "the refusal of both nodes' routes",
            lambda: routers.refusals(WATCHED, router=name) >= before + 2,
            seconds=60,
        )
        assert routers.hops(WATCHED, f"{FOREIGN}/32") == []


def test_a_router_that_runs_the_file_differs_in_nothing(
    site: Site, routers: GeneratedRouters
) -> None:
    for place, name in NAMES.items():
        if place in routers.frr:
            text = routers.frr[place].ask("show running-config")
        else:
            text = (site.lab.folder / "bird" / f"{place}.conf").read_text()
        assert routers.check(place, text, router=name) == (0, "0 errors, 0 warnings\n")
