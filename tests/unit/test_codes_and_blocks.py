"""Codes of places at Equinix Metal, and blocks with host bits: refused with what was meant."""

from typing import Any

import pytest

from metallb.preflight import check_routing, check_stack
from metallb.problems.problem import spelled
from metallb.releases import BgpMode, Release
from metallb.routing import RoutingConfig
from tests.support.problems import one_problem_of, places
from tests.unit.preflight.build import advert, peer, pool
from tests.unit.stacks import metal, stack, static


def placed(**place: Any) -> dict[str, Any]:
    platform = {key: value for key, value in metal()["platform"].items() if key != "metro"}
    return metal(platform={**platform, **place})


def block(**place: Any) -> dict[str, Any]:
    return placed(metro="ny", elasticIps={"default": place})


@pytest.mark.parametrize(
    ("sections", "key", "meant"),
    [
        (placed(metro="ewr1"), "metro", "facility: ewr1"),
        (placed(metro="NY5"), "metro", "facility: ny5"),
        (placed(facility="ny"), "facility", "metro: ny"),
        (placed(facility="NY"), "facility", "metro: ny"),
        (placed(metro="new-york"), "metro", ""),
        (placed(metro="n"), "metro", ""),
        (placed(metro="n1"), "metro", ""),
        (placed(metro="nyc"), "metro", ""),
        (placed(metro="<metro>"), "metro", ""),
        (placed(facility="1ewr"), "facility", ""),
        (placed(facility="ewr-1"), "facility", ""),
        (placed(facility="newark1"), "facility", ""),
        (block(metro="sv15"), "elasticIps.default.metro", "facility: sv15"),
        (block(facility="sv"), "elasticIps.default.facility", "metro: sv"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_code_that_no_place_has_is_refused(
    sections: dict[str, Any], key: str, meant: str
) -> None:
    found = one_problem_of(sections)
    assert places([found]) == [("E105", f"metallb:platform.{key}")]
    assert meant in found.help


@pytest.mark.parametrize(
    "sections",
    [
        *(placed(metro=code) for code in ("ny", "SV", "da")),
        *(placed(facility=code) for code in ("ewr1", "NY5", "sv15", "ams1")),
        block(facility="ewr1"),
    ],
    ids=str,
)
def test_a_code_of_a_place_is_taken_in_small_letters(sections: dict[str, Any]) -> None:
    platform = stack(sections).platform.model_dump()
    place = platform["metro"] or platform["facility"]
    assert place == place.lower()


@pytest.mark.parametrize("key", ["nodeCidrs", "podCidrs", "serviceCidrs"])
@pytest.mark.parametrize(
    ("text", "whole", "one"),
    [
        ("10.1.2.3/16", "10.1.0.0/16", "10.1.2.3/32"),
        ("10.1.0.1/31", "10.1.0.0/31", "10.1.0.1/32"),
        ("192.0.2.1/0", "0.0.0.0/0", "192.0.2.1/32"),
        ("fd00::1/64", "fd00::/64", "fd00::1/128"),
    ],
)
def test_a_network_with_host_bits_is_refused_with_both_readings(
    key: str, text: str, whole: str, one: str
) -> None:
    found = one_problem_of(static(kubernetes={"context": "prod", key: ["10.9.0.0/16", text]}))
    assert places([found]) == [("E105", f"metallb:kubernetes.{key}[1]")]
    assert whole in found.help
    assert one in found.help


POOLS = [
    ("10.0.0.5/24", "10.0.0.0/24", "10.0.0.5/32"),
    ("203.0.113.5/28", "203.0.113.0/28", "203.0.113.5/32"),
    ("2001:db8::5/64", "2001:db8::/64", "2001:db8::5/128"),
]


@pytest.mark.parametrize(("text", "whole", "one"), POOLS)
def test_in_a_pool_of_a_stack_file_they_are_an_error(text: str, whole: str, one: str) -> None:
    install = {"version": "0.16.2", "source": "helm", "bgpMode": "frr-k8s"}
    made = stack(static(install=install, addressPools={"public": {"addresses": [text]}}))
    (found,) = (each for each in check_stack(made) if each.code in ("A5", "A17"))
    assert (found.code, found.is_error) == ("A5", True)
    assert spelled(found.location) == "metallb:addressPools.public.addresses[0]"
    assert whole in found.help
    assert one in found.help


@pytest.mark.parametrize(("text", "whole", "one"), POOLS)
def test_in_a_pool_of_a_foreign_file_they_are_a_warning(text: str, whole: str, one: str) -> None:
    routing = RoutingConfig(
        peers=(peer(),), pools=(pool("public", text),), advertisements=(advert(),)
    )
    problems = check_routing(routing, release=Release(0, 16, 2), mode=BgpMode.FRR_K8S)
    (found,) = (each for each in problems if each.code in ("A5", "A17"))
    assert (found.code, found.is_error) == ("A17", False)
    assert whole in found.help
    assert one in found.help
