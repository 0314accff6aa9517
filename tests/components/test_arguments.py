"""Wrong arguments of every component are refused with the key's name, and register nothing."""

from typing import Any

import pytest

from metallb.components import Controller, MetalLB, MetalLBComponent, RoutingConfiguration, Speaker
from tests.components.samples import MEMBERLIST_KEY, SAMPLES
from tests.components.spoiling import (
    LEFT_OUT,
    POOL,
    an_object,
    id_of,
    is_refused,
    peer,
    program,
    refused,
    routing,
)
from tests.support.recording import run

SECRET = "planted-secret-value"

MISTAKES: list[tuple[type[MetalLBComponent], Any, list[str]]] = [
    # The arguments themselves.
    (RoutingConfiguration, routing(format="crd"), ["format"]),
    (RoutingConfiguration, routing(format="ConfigMap"), ["format"]),
    (RoutingConfiguration, routing(format=LEFT_OUT), ["format"]),
    (RoutingConfiguration, routing(namespace=LEFT_OUT), ["namespace"]),
    (RoutingConfiguration, routing(namespace="Metal_LB"), ["namespace"]),
    (RoutingConfiguration, routing(objects=LEFT_OUT), ["objects"]),
    (RoutingConfiguration, routing(objects={"a": 1}), ["objects"]),
    (RoutingConfiguration, routing(object=[]), ["object"]),
    (RoutingConfiguration, routing(poolsAfter=[]), ["poolsAfter"]),
    (RoutingConfiguration, routing(after="metallb"), ["after"]),
    (RoutingConfiguration, routing(labels={"a b": "c"}), ["labels.a b"]),
    (RoutingConfiguration, routing(labels={"a": 1}), ["labels.a"]),
    (RoutingConfiguration, routing(passwords={"bgp": ""}), ["passwords.bgp"]),
    (RoutingConfiguration, routing(passwords={"bgp": 123}), ["passwords.bgp"]),
    (RoutingConfiguration, routing(passwords="bgp"), ["passwords"]),
    (RoutingConfiguration, None, [""]),
    (RoutingConfiguration, routing(format="crd", namespace=LEFT_OUT), ["namespace", "format"]),
    # One object.
    (RoutingConfiguration, routing("BGPPeer"), ["objects[0]"]),
    (RoutingConfiguration, routing({"name": "a", "spec": {}}), ["objects[0].kind"]),
    (RoutingConfiguration, routing({"kind": "BGPPeer", "spec": {}}), ["objects[0].name"]),
    (RoutingConfiguration, routing(POOL, {"kind": "BGPPeer", "name": "b"}), ["objects[1].spec"]),
    (RoutingConfiguration, routing(an_object("BGPPeers")), ["objects[0].kind"]),
    (RoutingConfiguration, routing(an_object("ServiceL2Status")), ["objects[0].kind"]),
    (RoutingConfiguration, routing(POOL | {"name": "Pool 1"}), ["objects[0].name"]),
    (RoutingConfiguration, routing(POOL | {"renamedFrom": "b"}), ["objects[0].renamedFrom"]),
    (RoutingConfiguration, routing(POOL, POOL), ["objects[1].name"]),
    (RoutingConfiguration, routing(POOL | {"spec": ["a"]}), ["objects[0].spec"]),
    # Its spec.
    (
        RoutingConfiguration,
        routing(peer(peerAdress="10.0.0.1")),
        ["BGPPeer a: spec.peerAdress"],
    ),
    (
        RoutingConfiguration,
        routing(peer(my_asn=65000, myASN=LEFT_OUT)),
        ["BGPPeer a: spec.my_asn"],
    ),
    (RoutingConfiguration, routing(peer(myASN="abc")), ["BGPPeer a: spec.myASN"]),
    (RoutingConfiguration, routing(peer(myASN="65000")), ["BGPPeer a: spec.myASN"]),
    (RoutingConfiguration, routing(peer(myASN=True)), ["BGPPeer a: spec.myASN"]),
    (RoutingConfiguration, routing(peer(myASN=65000.5)), ["BGPPeer a: spec.myASN"]),
    (RoutingConfiguration, routing(peer(myASN=2**32)), ["BGPPeer a: spec.myASN"]),
    (RoutingConfiguration, routing(peer(myASN=LEFT_OUT)), ["BGPPeer a: spec.myASN"]),
    (RoutingConfiguration, routing(peer(holdTime="3 seconds")), ["BGPPeer a: spec.holdTime"]),
    (RoutingConfiguration, routing(peer(ebgpMultiHop="yes")), ["BGPPeer a: spec.ebgpMultiHop"]),
    (
        RoutingConfiguration,
        routing(peer(nodeSelectors=[{}, {"match_labels": {"a": "b"}}])),
        ["BGPPeer a: spec.nodeSelectors[1].match_labels"],
    ),
    (
        RoutingConfiguration,
        routing(an_object("IPAddressPool", addresses="203.0.113.0/28")),
        ["IPAddressPool a: spec.addresses"],
    ),
    (
        RoutingConfiguration,
        routing(an_object("BGPAdvertisement", aggregationlength=24)),
        ["BGPAdvertisement a: spec.aggregationlength"],
    ),
    (
        RoutingConfiguration,
        routing(an_object("BFDProfile", receiveInterval=5)),
        ["BFDProfile a: spec.receiveInterval"],
    ),
    (
        RoutingConfiguration,
        routing(an_object("Community", communities=[{"nam": "a"}])),
        ["Community a: spec.communities[0].nam"],
    ),
    # What the ConfigMap can't say.
    (
        RoutingConfiguration,
        routing(peer(vrf="red"), format="configmap"),
        ["BGPPeer a: spec.vrf"],
    ),
    (
        RoutingConfiguration,
        routing(
            an_object("BGPAdvertisement", serviceSelectors=[{"matchLabels": {"a": "b"}}]),
            format="configmap",
        ),
        ["BGPAdvertisement a: spec.serviceSelectors"],
    ),
    (
        RoutingConfiguration,
        routing(
            peer(passwordSecret={"name": "bgp-pasword"}),
            format="configmap",
            passwords={"bgp-password": SECRET},
        ),
        ["BGPPeer a: spec.passwordSecret.name"],
    ),
    # The section of the stack file.
    (MetalLB, {}, ["install"]),
    (MetalLB, {"install": "0.16.2"}, ["install"]),
    (MetalLB, {"install": {"versoin": "0.16.2"}}, ["install.versoin"]),
    (MetalLB, {"install": {"version": "0.16"}}, ["install.version"]),
    (MetalLB, {"install": {"version": "0.15.3"}}, ["install.version"]),
    (MetalLB, {"install": {"bgp_mode": "native"}}, ["install.bgp_mode"]),
    (MetalLB, {"install": {"speaker": {"logLevel": "loud"}}}, ["install.speaker.logLevel"]),
    (MetalLB, {"install": {"memberlistSecret": MEMBERLIST_KEY}}, ["install.memberlistSecret"]),
    (MetalLB, {"install": {}, "memberlist_secret": "short"}, ["memberlist_secret"]),
    (MetalLB, {"install": {}, "await_webhooks": "no"}, ["await_webhooks"]),
    (MetalLB, {"install": {}, "awaitWebhooks": False}, ["awaitWebhooks"]),
    (Controller, {"install": {"versoin": "0.16.2"}}, ["install.versoin"]),
    (Controller, {"install": {"source": "helm"}}, ["install.source"]),
    (Speaker, {"install": {"memberlistSecret": MEMBERLIST_KEY}}, ["install.memberlistSecret"]),
    (Speaker, {"install": {}, "ater": []}, ["ater"]),
]


@pytest.mark.parametrize(("component", "args", "keys"), MISTAKES, ids=id_of)
def test_a_mistake_is_refused_with_its_key_and_registers_nothing(
    component: type[MetalLBComponent], args: Any, keys: list[str]
) -> None:
    is_refused(component, args, keys)


@pytest.mark.parametrize(
    ("args", "meant"),
    [
        (routing(peer(peerAdress="10.0.0.1")), "peerAddress"),
        (routing(peer(my_asn=1)), "myASN"),
        (routing(peer(peer_asn=1)), "peerASN"),
        (routing(peer(routerId="10.0.0.1")), "routerID"),
        (routing(peer(ebgpMultihop=True)), "ebgpMultiHop"),
        (routing(peer(hold_time="3s")), "holdTime"),
        (routing(peer(nodeSelector=[])), "nodeSelectors"),
        (routing(an_object("BGPPeers")), "BGPPeer"),
        (routing(an_object("IpAddressPool")), "IPAddressPool"),
        (routing(pool_after=[]), "pools_after"),
        (routing(poolsAfter=[]), "pools_after"),
    ],
)
def test_the_key_that_was_meant_is_named(args: Any, meant: str) -> None:
    _, problems = refused(RoutingConfiguration, lambda: args)
    assert any(f"'{meant}'" in each.help for each in problems)


@pytest.mark.parametrize("component", SAMPLES, ids=lambda each: each.__name__)
def test_an_optional_argument_that_is_none_is_left_out(component: type[MetalLBComponent]) -> None:
    def args() -> Any:
        given = dict(SAMPLES[component]())
        mentioned = {*given, "install", "project_id", "nodes", "sessions", "objects", "quantity"}
        for key in _args_of(component).__optional_keys__ - mentioned:
            given[key] = None
        return given

    plain = run(program(component, SAMPLES[component]))
    record = run(program(component, args))
    assert {item.urn: item.inputs for item in record.resources} == {
        item.urn: item.inputs for item in plain.resources
    }


def _args_of(component: type[MetalLBComponent]) -> Any:
    return component.__init__.__annotations__["args"]
