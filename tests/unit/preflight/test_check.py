"""The ways in: everything at once, in the order of the file, without secrets, errors refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metallb.config.paths import PROJECT_ROOT
from metallb.errors import PreflightError
from metallb.preflight import check_answers, check_routing, check_stack, refuse, rule_by_id
from metallb.preflight.places import position_of
from metallb.releases import BUILTIN_RELEASES, BgpMode, Release
from metallb.routing import BgpPeer, RoutingConfig
from tests.unit.preflight.build import advert, case, metal_platform, peer, pool
from tests.unit.preflight.table import TABLE
from tests.unit.stacks import metal, metal_answers, stack, static

SECRET = "N3verShownKey"
WRONG: dict[str, Any] = {
    "bgp": {"holdTime": "1s", "password": SECRET},
    "addressPools": {
        "zulu": {"addresses": ["203.0.113.0/28"]},
        "alpha": {"addresses": ["203.0.113.8/29", "127.0.0.0/30"]},
    },
}


@pytest.mark.parametrize(
    ("peers", "remedy"),
    [
        ((peer(sourceAddress=None),), "set bgpMode: frr-k8s"),
        ((peer(sourceAddress="10.0.0.9"),), "set bgpMode: native"),
        ((peer(sourceAddress="10.0.0.9", connectTime="5s"),), "none yet: "),
        ((peer(sourceAddress=None, localASN=64999),), "none yet: "),
    ],
)
def test_the_mode_that_takes_the_place_of_frr_holds_what_is_configured(
    peers: tuple[BgpPeer, ...], remedy: str
) -> None:
    rule = rule_by_id("V5")
    assert rule is not None
    (found,) = rule.findings(case(*peers, mode="frr"))
    assert found.remedy.startswith(remedy)


def test_all_findings_come_at_once_and_in_the_order_of_the_file() -> None:
    found = check_stack(stack(static(**WRONG)))
    errors = [(finding.rule_id, finding.where) for finding in found if finding.is_error]
    assert errors == [
        ("P6", "metallb:bgp.holdTime"),
        ("A2", "metallb:addressPools.zulu.addresses[0]"),
        ("A6", "metallb:addressPools.alpha.addresses[1]"),
    ]


def test_errors_stop_the_program_with_a_line_for_each() -> None:
    found = check_stack(stack(static(**WRONG)))
    with pytest.raises(PreflightError) as caught:
        refuse(found, "stacks/Pulumi.test.yaml")
    assert caught.value.exit_code == 2
    assert len(str(caught.value).splitlines()) == 3
    assert "metallb:bgp.holdTime" in str(caught.value)


def test_warnings_alone_stop_nothing() -> None:
    found = check_stack(stack(static(bgp={"holdTime": None})))
    assert [finding.rule_id for finding in found] == ["P8"]
    refuse(found, "stacks/Pulumi.test.yaml")


def test_a_warning_is_silenced_by_its_id_and_an_error_never_is() -> None:
    ignore = [{"id": each, "reason": "a reason of some length"} for each in ("P8", "A2")]
    sections = static(
        bgp={"holdTime": None}, addressPools=WRONG["addressPools"], preflight={"ignore": ignore}
    )
    assert [finding.rule_id for finding in check_stack(stack(sections))] == ["A2", "A6", "G2"]


def test_a_secret_stays_out_of_every_finding() -> None:
    for sections in (static(**WRONG), metal(bgp={"password": SECRET + " "})):
        text = "\n".join(finding.line() for finding in check_stack(stack(sections)))
        assert text
        assert SECRET not in text


def test_answers_bring_what_the_file_could_not_tell_and_only_that() -> None:
    asked = stack(metal(bgp={"holdTime": None}))
    assert [finding.rule_id for finding in check_stack(asked)] == ["P8"]
    answers = metal_answers()
    assert check_answers(asked, answers) == ()
    same = answers.model_copy(
        update={
            "nodes": {
                **answers.nodes,
                "worker-1": answers.nodes["worker-1"].model_copy(
                    update={"private_address": answers.nodes["worker-0"].private_address}
                ),
            }
        }
    )
    assert {finding.rule_id for finding in check_answers(asked, same)} == {"P22"}


def test_a_block_that_meets_a_router_comes_to_light_with_the_answers() -> None:
    asked = stack(metal())
    answers = metal_answers(2, default="10.64.0.10/32")
    (finding,) = check_answers(asked, answers)
    assert (finding.rule_id, finding.where) == ("A8", "metallb:addressPools.default.elasticIps[0]")


def test_a_static_platform_has_no_answers_to_check() -> None:
    assert check_answers(stack(static()), metal_answers()) == ()


def test_devices_known_by_id_alone_are_not_taken_for_host_names() -> None:
    nodes = [{"deviceId": "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"}]
    pools = {
        "default": {
            "elasticIps": ["default"],
            "advertisements": {
                "default": {"nodeSelectors": [{"matchLabels": {"kubernetes.io/hostname": "w0"}}]}
            },
        }
    }
    sections = metal(**metal_platform(nodes=nodes), addressPools=pools)
    assert check_stack(stack(sections)) == ()


@pytest.mark.parametrize("release", BUILTIN_RELEASES, ids=str)
@pytest.mark.parametrize("mode", list(BgpMode))
def test_a_foreign_configuration_is_checked_for_any_release_and_mode(
    release: Release, mode: BgpMode
) -> None:
    routing = RoutingConfig(peers=(peer(),), pools=(pool(),), advertisements=(advert(),))
    found = check_routing(routing, release=release, mode=mode)
    assert {each.rule_id for each in found} <= {"V4", "V5"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("demo", []), ("seed", []), ("packet", ["metallb:platform.projectId"]), ("onprem", [])],
)
def test_in_the_stacks_that_ship_only_a_placeholder_is_found(
    name: str, expected: list[str]
) -> None:
    from metallb.config import stack_config
    from metallb.config.files import read_stack_file

    path = PROJECT_ROOT / "stacks" / f"Pulumi.{name}.yaml"
    read = read_stack_file(path)
    made = stack_config(read.sections, source=str(path))
    found = check_stack(made, clear_texts=read.clear_texts)
    assert [each.where for each in found if each.rule_id == "M30"] == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", (0, 0)),
        ("a.b.c[1]", (0, 1, 1)),
        ("a.gone", (0,)),
        ("z", ()),
        ("a.b.c[9]", (0, 1)),
    ],
)
def test_a_place_has_a_position_in_the_document(path: str, expected: tuple[int, ...]) -> None:
    assert position_of({"a": {"b": 1, "b.c": [1, 2]}}, path) == expected


EVERY_CASE = [build for fires, silent in TABLE.values() for build in (*fires, *silent)]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(EVERY_CASE))
def test_findings_are_the_same_whenever_they_are_asked_for(build: Any) -> None:
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
def test_both_families_in_one_session_are_refused_where_they_are_asked_for(
    bgp: bool, router: dict[str, Any], where: str
) -> None:
    sections = static(bgp={"dualStackAddressFamily": bgp})
    sections["platform"]["racks"][0]["routers"][0] |= router
    native = [(each.rule_id, each.where) for each in check_stack(stack(sections))]
    assert ("N1", where) in native
    old = {**sections, "install": {"source": "helm", "bgpMode": "frr", "version": "0.14.9"}}
    assert ("V1", where) in [(each.rule_id, each.where) for each in check_stack(stack(old))]


def test_every_setting_of_an_installation_by_somebody_else_is_named() -> None:
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
    named = {each.where for each in found if each.rule_id == "I13"}
    # `status` scrapes as that account, whoever installed MetalLB.
    asked = {*install, *(f"monitoring.{key}" for key in install["monitoring"])} - {
        *("source", "monitoring", "monitoring.prometheus")
    }
    assert named == {f"metallb:install.{key}" for key in asked}
    # Without these `status` borrows no token, and takes other people's Services for MetalLB's.
    kept = {each.where for each in found if each.remedy.startswith("keep it and silence this")}
    assert kept == {
        "metallb:install.loadBalancerClass",
        "metallb:install.monitoring.serviceMonitor",
    }
