"""The ways in: everything at once, in the order of the file, without secrets, errors refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.loading.stack import load_file
from metallb.platforms.facts import PlatformFacts
from metallb.preflight import check_facts, check_routing, check_stack, refuse, rule_by_id
from metallb.preflight.places import ConfigMapPlaces, position_of
from metallb.problems.errors import PreflightError
from metallb.problems.problem import Location, spelled
from metallb.problems.text import problems_text
from metallb.releases import BUILTIN_RELEASES, BgpMode, Release
from metallb.routing import BgpPeer, RoutingConfig
from metallb.routing.configmap import parse_configmap
from tests.support.paths import PROJECT_ROOT
from tests.support.programs import SHIPPED
from tests.unit.preflight.build import advert, case, peer, pool
from tests.unit.preflight.table import TABLE
from tests.unit.stacks import stack, static

SECRET = "N3verShownKey"
WRONG: dict[str, Any] = {
    "bgp": {"holdTime": "1s", "password": SECRET},
    "addressPools": {
        "zulu": {"addresses": ["203.0.113.0/28"]},
        "alpha": {"addresses": ["203.0.113.8/29", "127.0.0.0/30"]},
    },
}


@pytest.mark.parametrize(
    ("peers", "help"),
    [
        ((peer(sourceAddress=None),), "run MetalLB in mode frr-k8s"),
        ((peer(sourceAddress="10.0.0.9"),), "run MetalLB in mode native"),
        ((peer(sourceAddress="10.0.0.9", connectTime="5s"),), "keep frr until"),
        ((peer(sourceAddress=None, localASN=64999),), "keep frr until"),
    ],
)
def test_the_mode_that_takes_the_place_of_frr_holds_what_is_configured(
    peers: tuple[BgpPeer, ...], help: str
) -> None:
    rule = rule_by_id("V5")
    assert rule is not None
    (found,) = rule.problems(case(*peers, mode="frr"))
    assert found.help.startswith(help)


def test_all_problems_come_at_once_and_in_the_order_of_the_file() -> None:
    found = check_stack(stack(static(**WRONG)))
    errors = [(problem.code, spelled(problem.location)) for problem in found if problem.is_error]
    assert errors == [
        ("P6", "metallb:bgp.holdTime"),
        ("A2", "metallb:addressPools.zulu.addresses[0]"),
        ("A6", "metallb:addressPools.alpha.addresses[1]"),
    ]


def test_errors_stop_the_program_with_all_of_them() -> None:
    found = check_stack(stack(static(**WRONG)))
    with pytest.raises(PreflightError) as caught:
        refuse(found, "stacks/Pulumi.test.yaml")
    assert caught.value.exit_code == 2
    assert [problem.code for problem in caught.value.problems] == ["P6", "A2", "A6"]
    assert str(caught.value) == problems_text(caught.value.problems)


def test_warnings_alone_stop_nothing() -> None:
    found = check_stack(stack(static(bgp={"holdTime": None})))
    assert [problem.code for problem in found] == ["P8"]
    refuse(found, "stacks/Pulumi.test.yaml")


def test_a_warning_is_ignored_by_its_id_and_an_error_never_is() -> None:
    ignore = [{"id": each, "reason": "a reason of some length"} for each in ("P8", "A2")]
    sections = static(
        bgp={"holdTime": None}, addressPools=WRONG["addressPools"], preflight={"ignore": ignore}
    )
    assert [problem.code for problem in check_stack(stack(sections))] == ["A2", "A6", "G2"]


def test_a_secret_is_in_no_problem() -> None:
    for sections in (static(**WRONG), static(bgp={"password": SECRET + " "})):
        text = "\n".join(problems_text([each]) for each in check_stack(stack(sections)))
        assert text
        assert SECRET not in text


def test_what_is_left_of_a_pool_holds_no_end_of_any_session() -> None:
    ends = (peer(), peer("two", peerAddress="10.0.0.4"), peer("again"))
    rule = rule_by_id("A8")
    assert rule is not None
    (problem,) = rule.problems(case(*ends, pool("public", "10.0.0.0/29")))
    assert {"10.0.0.1", "10.0.0.4"} <= set(problem.summary.split())
    assert problem.help == "write 10.0.0.0/32 and 10.0.0.2-10.0.0.3 and 10.0.0.5-10.0.0.7"


def test_an_advertisement_of_a_configmap_is_named_by_its_place() -> None:
    advertised = [{"localpref": 3}, {"localpref": 4}]
    found = {
        "name": "web",
        "protocol": "bgp",
        "addresses": ["203.0.113.0/28"],
        "bgp-advertisements": advertised,
    }
    routing = parse_configmap({"address-pools": [found]}, where="config.yaml")
    problems = check_routing(
        routing, release=Release(0, 12, 1), mode=BgpMode.NATIVE, places=ConfigMapPlaces()
    )
    (problem,) = [each for each in problems if each.code == "B5"]
    # MetalLB's ConfigMap has no names for them.
    assert "bgp-advertisements[1]" in problem.summary
    assert "web-2" not in problem.summary


@pytest.mark.parametrize("release", BUILTIN_RELEASES, ids=str)
@pytest.mark.parametrize("mode", list(BgpMode))
def test_a_foreign_configuration_is_checked_for_any_release_and_mode(
    release: Release, mode: BgpMode
) -> None:
    routing = RoutingConfig(peers=(peer(),), pools=(pool(),), advertisements=(advert(),))
    found = check_routing(routing, release=release, mode=mode)
    assert {each.code for each in found} <= {"V4", "V5"}


def test_a_platform_that_looks_nothing_up_has_no_answers_to_check() -> None:
    assert check_facts(stack(static()), PlatformFacts()) == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_in_the_stacks_that_ship_only_a_placeholder_is_found(name: str) -> None:
    found = load_file(PROJECT_ROOT / "stacks" / f"Pulumi.{name}.yaml").findings
    assert [each for each in found if "placeholder" not in each.summary] == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a", "b"), (0, 0)),
        (("a", "b.c", 1), (0, 1, 1)),
        (("a", "b", "c", 1), (0, 0)),
        (("a", "gone"), (0,)),
        (("z",), ()),
        ((), ()),
        (("a", "b.c", 9), (0, 1)),
        (("a", "b.c", "d"), (0, 1)),
    ],
)
def test_a_location_has_a_position_in_the_document(
    path: Location, expected: tuple[int, ...]
) -> None:
    assert position_of({"a": {"b": 1, "b.c": [1, 2]}}, path) == expected


EVERY_CASE = [build for fires, silent in TABLE.values() for build in (*fires, *silent)]


@given(st.sampled_from(EVERY_CASE))
def test_problems_are_the_same_on_every_run(build: Any) -> None:
    from metallb.preflight.registry import run_rules

    assert run_rules(build()) == run_rules(build())


@pytest.mark.parametrize(
    ("bgp", "router", "where"),
    [
        (True, {}, "metallb:bgp.dualStackAddressFamily"),
        (
            False,
            {"dualStackAddressFamily": True},
            "metallb:platform.racks[0].routers[0].dualStackAddressFamily",
        ),
    ],
)
def test_both_families_in_one_session_are_refused_where_they_are_set(
    bgp: bool, router: dict[str, Any], where: str
) -> None:
    sections = static(bgp={"dualStackAddressFamily": bgp})
    sections["platform"]["racks"][0]["routers"][0] |= router
    native = [(each.code, spelled(each.location)) for each in check_stack(stack(sections))]
    assert ("N1", where) in native
    old = {**sections, "install": {"source": "helm", "bgpMode": "frr", "version": "0.14.9"}}
    assert ("V1", where) in [
        (each.code, spelled(each.location)) for each in check_stack(stack(old))
    ]


def test_every_setting_of_an_existing_installation_is_named() -> None:
    install = {
        "source": "existing",
        "imageRegistry": "registry.example.com/metallb",
        "imagePullSecrets": ["mirror"],
        "loadBalancerClass": "metallb.io/class",
        "memberlistSecret": "x" * 32,
        "networkPolicy": True,
        "controller": {"logLevel": "debug"},
        "speaker": {"ignoreExcludeLb": True},
        "monitoring": {
            "serviceMonitor": True,
            "prometheusRule": True,
            "dashboard": True,
            "labels": {"release": "prometheus"},
            "interval": "10s",
            "prometheus": {"name": "prometheus"},
        },
        "helmValues": {"a": 1},
        "helmChart": "other",
        "helmRepository": None,
    }
    found = check_stack(stack(static(install=install)))
    named = {spelled(each.location) for each in found if each.code == "I13"}
    expected = {*install, *(f"monitoring.{key}" for key in install["monitoring"])} - {
        *("source", "monitoring")
    }
    assert named == {f"metallb:install.{key}" for key in expected}
    # Without it `status` takes other people's Services for MetalLB's.
    kept = {spelled(each.location) for each in found if each.help.startswith("ignore I13")}
    assert kept == {"metallb:install.loadBalancerClass"}


@pytest.mark.parametrize(
    ("bgp", "mode", "codes"),
    [
        ({"holdTime": "9s", "keepaliveTime": "12s"}, "native", ["N1"]),
        ({"holdTime": "9s", "keepaliveTime": "12s"}, "frr-k8s", ["P7"]),
        ({"connectTime": "0s"}, "native", ["N1"]),
        ({"connectTime": "0s"}, "frr-k8s", ["P30"]),
    ],
)
def test_of_two_findings_of_one_mistake_the_more_exact_one_is_reported(
    bgp: dict[str, str], mode: str, codes: list[str]
) -> None:
    (key,) = {"keepaliveTime", "connectTime"} & set(bgp)
    made = stack(
        static(bgp={**static()["bgp"], **bgp}, install={"bgpMode": mode, "source": "existing"})
    )
    found = [each for each in check_stack(made) if each.location == ("metallb:bgp", key)]
    assert [each.code for each in found] == codes
