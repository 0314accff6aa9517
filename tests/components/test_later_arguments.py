"""Outputs among a component's arguments are checked once they are known; no secret is shown."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from metallb.components import MetalLB, MetalLBComponent, RoutingConfiguration, Speaker
from tests.components.spoiling import (
    POOL,
    an_object,
    peer,
    program,
    refused,
    routing,
    wheres,
)
from tests.support.recording import run, unknown_output

SECRET = "planted-secret-value"


def _id(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else ""


def _known(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


def _secret(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.secret(value)


async def _awaited(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


BOTH = pytest.mark.parametrize("format_", ["configmap", "custom-resources"])
LATE: list[tuple[Callable[[Callable[[Any], Any]], Any], str]] = [
    (lambda of: routing(peer() | {"spec": of({"myASN": "abc"})}), "BGPPeer a: spec.myASN"),
    (lambda of: routing(peer() | {"spec": of({"my_asn": 1})}), "BGPPeer a: spec.my_asn"),
    (lambda of: routing(peer(myASN=of("abc"))), "BGPPeer a: spec.myASN"),
    (lambda of: routing(peer(peerAddress=of(None), myASN=of(True))), "BGPPeer a: spec.myASN"),
    (lambda of: routing(peer(nodeSelectors=of([{"match": 1}]))), "BGPPeer a: spec.nodeSelectors"),
    (
        lambda of: routing(an_object("IPAddressPool", addresses=["203.0.113.0/28", of(7)])),
        "IPAddressPool a: spec.addresses[1]",
    ),
    (
        lambda of: routing(an_object("IPAddressPool", addresses=of("203.0.113.0/28"))),
        "IPAddressPool a: spec.addresses",
    ),
    (lambda of: routing(POOL, namespace=of("Metal LB")), "namespace"),
    (lambda of: routing(POOL, passwords={"bgp": of("")}), "passwords.bgp"),
]


@BOTH
@pytest.mark.parametrize("of", [_known, _secret, _awaited], ids=["output", "secret", "awaitable"])
@pytest.mark.parametrize(("args", "key"), LATE, ids=[key for _, key in LATE])
def test_an_output_is_checked_when_it_is_known(
    args: Any, key: str, of: Callable[[Any], Any], format_: str
) -> None:
    record, problems = refused(RoutingConfiguration, lambda: args(of) | {"format": format_})
    assert any(where.startswith(key) for where in wheres(RoutingConfiguration, problems))
    assert not record.kube("BGPPeer"), "the object itself is not registered"


@BOTH
@pytest.mark.parametrize(
    "args",
    [
        lambda: routing(peer(peerAddress=unknown_output())),
        lambda: routing(peer() | {"spec": unknown_output()}),
        lambda: routing(an_object("IPAddressPool", addresses=[unknown_output()])),
        lambda: routing(POOL, passwords={"bgp": unknown_output()}),
        lambda: routing(POOL, namespace=unknown_output()),
    ],
)
def test_a_preview_takes_what_it_does_not_know(args: Any, format_: str) -> None:
    given: Callable[[], Any] = lambda: args() | {"format": format_}  # noqa: E731
    record = run(program(RoutingConfiguration, given), preview=True)
    assert record.kube(), "the objects are shown"


def test_a_preview_refuses_what_it_knows_beside_what_it_does_not() -> None:
    spec = {"myASN": 1, "peerAdress": "10.0.0.1"}

    def args() -> Any:
        return routing(peer() | {"spec": spec | {"peerASN": unknown_output()}})

    _, problems = refused(RoutingConfiguration, args, preview=True)
    assert wheres(RoutingConfiguration, problems) == ["BGPPeer a: spec.peerAdress"]


def test_an_unknown_part_of_a_spec_hides_no_other_part_of_it() -> None:
    def args() -> Any:
        return routing(peer(peerAddress=unknown_output(), myASN=_known(64512)))

    spec = run(program(RoutingConfiguration, args), preview=True).one("BGPPeer").inputs
    assert spec.unknown == {"spec.peerAddress"}, "a reviewer sees the rest"
    assert spec.at("spec.myASN") == 64512


def test_a_secret_part_of_a_spec_does_not_seal_the_whole() -> None:
    def args() -> Any:
        return routing(peer(peerAddress=_secret("10.0.0.1")))

    made = run(program(RoutingConfiguration, args)).one("BGPPeer").inputs
    assert made.is_secret("spec.peerAddress")
    assert not made.is_secret("spec.myASN")


def test_a_pool_of_outputs_goes_into_the_config_map() -> None:
    def args() -> Any:
        pool = an_object("IPAddressPool", addresses=[_known("203.0.113.0/28")])
        return routing(pool, format="configmap")

    text = run(program(RoutingConfiguration, args)).one("ConfigMap").inputs.at("data.config")
    assert "203.0.113.0/28" in text


@pytest.mark.parametrize(
    ("component", "args", "key"),
    [
        (
            MetalLB,
            lambda: {"install": {}, "memberlist_secret": _secret("short")},
            "memberlist_secret",
        ),
    ],
    ids=_id,
)
def test_outputs_of_the_other_components_are_checked_too(
    component: type[MetalLBComponent], args: Any, key: str
) -> None:
    _, problems = refused(component, args)
    assert wheres(component, problems) == [key]


@pytest.mark.parametrize(
    ("component", "args", "key"),
    [
        (RoutingConfiguration, lambda: routing(format=_known("configmap")), "format"),
        (RoutingConfiguration, lambda: routing(POOL | {"name": _known("a")}), "objects[0].name"),
        (MetalLB, lambda: {"install": {"version": _known("0.16.2")}}, "install.version"),
        (MetalLB, lambda: {"install": _known({})}, "install"),
        (
            Speaker,
            lambda: {"install": {"speaker": {"image": _known("a:b")}}},
            "install.speaker.image",
        ),
    ],
    ids=_id,
)
def test_an_output_where_names_and_numbers_of_resources_hang_on_it_is_refused(
    component: type[MetalLBComponent], args: Any, key: str
) -> None:
    record, problems = refused(component, args)
    assert key in wheres(component, problems)
    assert record.resources == []


def test_values_of_the_chart_may_be_outputs() -> None:
    def args() -> Any:
        values = {"controller": {"strategy": {"type": _known("Recreate")}}}
        return {"install": {"source": "helm", "helmValues": values}}

    release = run(program(MetalLB, args)).one("Release")
    assert release.inputs.at("values.controller.strategy.type") == "Recreate"


# --- secrets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [
        lambda: routing(peer(pasword=SECRET)),
        lambda: routing(peer(password=[SECRET])),
        lambda: routing(POOL, passwords={"Not A Name": SECRET}),
        lambda: routing(POOL, passwords={"bgp": [SECRET]}),
        lambda: routing(POOL, passwords={"bgp": {"password": SECRET}}),
        lambda: routing(POOL, passwords=SECRET),
        lambda: routing(POOL, password=SECRET),
        lambda: routing(peer(holdTime=_secret(SECRET))),
        lambda: routing(peer(myASN=_secret(SECRET))),
        lambda: routing(peer() | {"spec": _secret({"myASN": SECRET})}),
        lambda: routing(POOL, namespace=_secret(SECRET + "_")),
        lambda: routing(POOL, passwords={"bgp": _secret([SECRET])}),
        lambda: routing(peer(passwordSecret={"name": "b"}), passwords={"a": SECRET}, format="x"),
    ],
)
@BOTH
def test_a_secret_is_in_no_message(args: Any, format_: str) -> None:
    def given() -> Any:
        wanted = args()
        return wanted if wanted["format"] == "x" else wanted | {"format": format_}

    record, problems = refused(RoutingConfiguration, given)
    assert SECRET not in str(record.error)
    assert SECRET not in repr(record.error)
    assert not any(SECRET in repr(each) for each in problems)
    assert record.places_of(SECRET) == []


@pytest.mark.parametrize(
    "args",
    [
        {"install": {}, "memberlist_secret": "short-" + SECRET[:8]},
        {"install": {"memberlistSecret": SECRET}},
        {"install": {}, "memberlistSecret": SECRET},
        {"install": {}, "memberlist_secret": [SECRET]},
    ],
)
def test_the_memberlist_key_is_in_no_message(args: Mapping[str, Any]) -> None:
    record, _ = refused(MetalLB, lambda: args)
    assert not re.search(SECRET[:8], str(record.error))


def test_a_value_that_is_no_secret_is_shown() -> None:
    for of in (lambda value: value, _known):
        _, (problem,) = refused(RoutingConfiguration, lambda of=of: routing(peer(myASN=of("abc"))))
        assert problem.summary.startswith("'abc'")


@pytest.mark.parametrize(
    "passwords", [{"bgp": 918273645}, {"a b": 918273645}, {"namespace": 9182736}]
)
def test_a_key_of_digits_is_not_shown_either(passwords: Any) -> None:
    _, problems = refused(RoutingConfiguration, lambda: routing(POOL, passwords=passwords))
    assert not any("9182736" in repr(each) for each in problems)
