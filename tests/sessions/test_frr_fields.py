"""Sessions that only the FRR modes have, against a router that runs FRR, each with BFD.

The router's AS number is not written down, it has no address, or it is in a VRF. The VRFs are
network namespaces, which FRR takes for VRFs as well: VRF devices need a module of the kernel.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import kubelet, needs
from lab.bringup import variant
from lab.frr.fields import CABLE, HOSTS, STACK, Fields, bring_up
from lab.guard import guarded
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import wait_until
from metallb.releases import BgpMode
from metallb.status.model import Status
from tests.support.frr_site import Site

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", params=["frr", "frr-k8s"])
def fields(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fields]:
    if lacks := needs.missing() + needs.missing_frr(modes=True):
        pytest.skip("this machine can't run MetalLB's FRR modes; missing: " + "; ".join(lacks))

    def in_mode(config: dict[str, Any]) -> None:
        config["metallb:install"]["bgpMode"] = request.param

    stack = variant(STACK, _folder(tmp_path_factory) / "Pulumi.fields.yaml", in_mode)
    lab = Lab("fields")
    lab.down()
    with guarded(lab):
        found = bring_up(lab, request.param, stack)
        kubelet.start(lab)
        yield found


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("fields")


def test_the_router_has_a_session_of_each_kind_with_every_node(fields: Fields) -> None:
    assert fields.established() == fields.expected
    shown = fields.neighbors()
    assert {shown[end]["remoteAs"] for end in fields.expected} == {65000}
    in_vrf = [
        node.ask("show bgp vrf red neighbors 198.51.100.1").splitlines()[0]
        for node in fields.nodes.values()
    ]
    assert ["remote AS 65530" in line for line in in_vrf] == [True, True]


def test_bfd_watches_every_session(fields: Fields) -> None:
    wait_until("BFD", lambda: fields.watched() == fields.expected, seconds=60, every=0.3)


def test_an_address_is_announced_over_every_session(fields: Fields) -> None:
    lab = fields.cluster.lab
    web = Balanced(lab.api, lab.fabric, "web")
    try:
        prefix = f"{web.create(HOSTS)}/32"
        wait_until(
            "the route by every session",
            lambda: fields.receivers(prefix) == fields.expected,
            seconds=60,
            every=0.3,
        )
    finally:
        web.delete()
    wait_until("no route", lambda: fields.receivers(prefix) == set(), seconds=60, every=0.3)


def test_status_has_every_session_as_far_as_the_mode_shows_it(fields: Fields) -> None:
    site = Site(fields.cluster, fields.nodes)
    # The exporter of mode frr stops at a neighbor that is no address.
    seen = None if site.stack.install.bgp_mode is BgpMode.FRR else True

    def known(status: Status) -> bool:
        return {session.up for session in status.sessions} == {seen}

    status = site.status_when(known, "every session")
    assert len(status.sessions) == 6
    assert {session.address for session in status.sessions} == {
        "203.0.113.1",
        CABLE,
        "198.51.100.1",
    }
    assert all(("X13" in session.why) is (seen is None) for session in status.sessions)
    assert status.drift == ()
