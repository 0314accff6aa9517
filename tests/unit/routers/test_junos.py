"""Junos: what is written says the same as the half, read by its rules. No such router ran it."""

import pytest

from metallb.routers import junos
from metallb.routers.filters import filter_findings
from metallb.routers.found import Route
from metallb.routers.model import Half
from tests.unit.routers.junos_reading import Block, accepts, read
from tests.unit.routers.sites import NODES, PLATFORM, half, site

_DUAL = site(
    platform={
        "kind": "static",
        "racks": [
            {
                **PLATFORM["racks"][1],
                "routers": [
                    {
                        "name": "tor-2",
                        "address": "10.2.0.1",
                        "asn": 64512,
                        "dualStackAddressFamily": True,
                    }
                ],
            }
        ],
    }
)
HALVES = {
    "by address": half(site(), "rack-a-tor-1", NODES),
    "by range": half(site(), "rack-b-tor-2"),
    "both families over one session, internal": half(_DUAL, "rack-b-tor-2"),
}


@pytest.fixture(params=HALVES)
def written(request: pytest.FixtureRequest) -> tuple[Half, Block]:
    found = HALVES[request.param]
    return found, read(junos.text(found, "dc1"))


def test_every_group_has_the_halfs_values(written: tuple[Half, Block]) -> None:
    half_, configuration = written
    groups = list(configuration.at("protocols", "bgp").named("group").values())
    wanted = [(entry, each) for entry in half_.entries for each in entry.settings]
    assert len(groups) == len(wanted)
    for group, (entry, settings) in zip(groups, wanted, strict=True):
        assert group.value("local-address") == entry.address
        assert group.value("type") == ("internal" if settings.internal else "external")
        peer = None if settings.internal else str(settings.node_asn)
        assert group.value("peer-as") == peer
        assert group.value("hold-time") == str(settings.hold)
        assert group.value("authentication-key") == f"MD5-KEY-OF-{settings.key}"
        assert ["passive"] in group.statements
        assert ["multipath"] in group.statements
        assert set(group.named("neighbor")) == {end.address for end in entry.ends}
        assert group.values("allow") == [block for each in entry.ranges for block in each.blocks]
        for version in (4, 6):
            head = {4: "family inet", 6: "family inet6"}[version]
            assert (head in group.blocks) is (version in settings.families)
            if head in group.blocks:
                limit = group.at(head, "unicast", "prefix-limit")
                assert limit.value("maximum") == str(half_.limit(entry, version))


def test_bfd_receives_what_the_nodes_send(written: tuple[Half, Block]) -> None:
    half_, configuration = written
    groups = list(configuration.at("protocols", "bgp").named("group").values())
    for group, settings in zip(groups, half_.settings, strict=True):
        if settings.bfd is None:
            assert "bfd-liveness-detection" not in group.blocks
            continue
        bfd = group.at("bfd-liveness-detection")
        assert bfd.value("minimum-receive-interval") == str(settings.bfd.transmit)
        assert bfd.at("transmit-interval").value("minimum-interval") == str(settings.bfd.receive)
        assert bfd.value("multiplier") == str(settings.bfd.multiplier)


def test_the_policies_take_exactly_what_the_pools_announce(written: tuple[Half, Block]) -> None:
    half_, configuration = written
    groups = configuration.at("protocols", "bgp").named("group").values()
    for group, entry in zip(groups, half_.entries, strict=True):
        names = (group.value("import") or "").split()

        def judged(route: Route, names: list[str] = names) -> bool:
            return accepts(configuration, names, route)

        for version in entry.families:
            found = filter_findings(entry, version, judged)
            assert (found.refused, found.taken) == ((), ())


def test_nothing_goes_out(written: tuple[Half, Block]) -> None:
    half_, configuration = written
    for group in configuration.at("protocols", "bgp").named("group").values():
        policy = configuration.at("policy-options", f"policy-statement {group.value('export')}")
        assert policy.at("then").statements == [["reject"]]
        assert half_.name in (group.value("export") or "")
