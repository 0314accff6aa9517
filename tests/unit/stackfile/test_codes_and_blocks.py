"""Blocks with host bits: refused with what was meant."""

import pytest

from metallb.preflight import check_routing, check_stack
from metallb.problems.problem import spelled
from metallb.releases import BgpMode, Release
from metallb.routing import RoutingConfig
from tests.support.problems import one_problem_of, places
from tests.unit.preflight.build import advert, peer, pool
from tests.unit.stacks import stack, static


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
