"""What the rules of routes, selectors and racks say of whole files, and where they point."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from tests.support.yaml_text import dumped, dumped_all
from tests.unit.preflight.table_routes import where

HOST = "kubernetes.io/hostname"
POOL = "metallb:addressPools.p"
RACKS = "metallb:platform.racks"
TORS = [{"name": f"t{n}", "address": f"10.1.0.{n}", "asn": 64601} for n in (1, 2)]

Problems = set[tuple[str, str]]


def static(
    advertisements: dict[str, Any] | None = None,
    *,
    release: str = "0.16.1",
    racks: list[dict[str, Any]] | None = None,
    bgp: dict[str, Any] | None = None,
    install: dict[str, Any] | None = None,
    **pools: dict[str, Any],
) -> dict[str, Any]:
    """A stack of one rack, two routers and a pool `p` that is announced in these ways."""
    found = {"addresses": ["203.0.113.0/28"], "advertisements": advertisements or {"default": {}}}
    named = {"name": "r", "nodes": ["n1", "n2"], "routers": TORS}
    return {
        "install": {"version": release, "source": "existing", **(install or {})},
        "platform": {"kind": "static", "racks": racks or [named]},
        "bgp": {"myAsn": 64601, "peerAsn": 64601, "holdTime": "9s", **(bgp or {})},
        "addressPools": {"p": found, **pools},
        "kubernetes": {"context": "dc1"},
    }


def labelled(name: str, number: int, **labels: str) -> dict[str, Any]:
    """A rack by labels, with a router of its own."""
    router = {"name": "tor", "address": f"10.2.{number}.1", "asn": 64601}
    return {"name": name, "nodeSelectors": labels, "routers": [router]}


def written(folder: Path, sections: dict[str, Any]) -> str:
    path = folder / "Pulumi.test.yaml"
    config = {f"metallb:{key}": value for key, value in sections.items()}
    path.write_text(dumped({"config": config}, sort_keys=False), encoding="utf-8")
    return str(path)


def problems_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Problems:
    main(["check", *arguments, "--format", "json"])
    return {(each["id"], each["where"]) for each in json.loads(capsys.readouterr().out)}


APP = {"serviceSelectors": [{"matchLabels": {"app": "x"}}]}
OUTSIDE = {"nodeSelectors": where(HOST, "NotIn", "n1", "n2")}
DOZENS = [[f"{half}:{n}" for n in range(40)] for half in (1, 2)]

STACKS: dict[str, tuple[dict[str, Any], Problems]] = {
    "preferences of selected Services": (
        static({"a": {"localPref": 100, **APP}, "b": {"localPref": 200}}),
        {("B17", f"{POOL}.advertisements.b.localPref")},
    ),
    "preferences of Services of two labels": (
        static(
            {
                "a": {"localPref": 100, **APP},
                "b": {"localPref": 200, "serviceSelectors": [{"matchLabels": {"tier": "z"}}]},
            }
        ),
        {("B18", f"{POOL}.advertisements.b.localPref")},
    ),
    "preferences of Services of one label": (
        static(
            {
                "a": {"localPref": 100, **APP},
                "b": {"localPref": 200, "serviceSelectors": where("app", "NotIn", "x")},
            }
        ),
        set(),
    ),
    "communities of which one is lost": (
        static(
            {"a": {"communities": ["64512:1"]}, "b": {"communities": ["64512:2"]}},
            release="0.12.1",
        ),
        {("N7", f"{POOL}.advertisements.b.communities")},
    ),
    "communities that are merged": (
        static({"a": {"communities": ["64512:1"]}, "b": {"communities": ["64512:2"]}}),
        set(),
    ),
    "too many communities together": (
        static({"a": {"communities": DOZENS[0]}, "b": {"communities": DOZENS[1]}}),
        {("N5", f"{POOL}.advertisements.b.communities")},
    ),
    "many communities to two routers": (
        static(
            {
                "a": {"communities": DOZENS[0], "peers": ["r-t1"]},
                "b": {"communities": DOZENS[1], "peers": ["r-t2"]},
            }
        ),
        set(),
    ),
    "an advertisement from no node": (
        static({"x": OUTSIDE}),
        {("B11", f"{POOL}.advertisements.x.nodeSelectors")},
    ),
    "an advertisement from one node": (
        static({"x": {"nodeSelectors": where(HOST, "NotIn", "n1")}}),
        {("H1", POOL)},
    ),
    "an advertisement from racks without the label": (
        static(
            {"x": {"nodeSelectors": where("zone", "DoesNotExist")}},
            racks=[labelled("a", 1, zone="a"), labelled("b", 2, zone="b")],
        ),
        {("B11", f"{POOL}.advertisements.x.nodeSelectors")},
    ),
    "an advertisement from nodes without speakers": (
        static(
            {"x": {"nodeSelectors": [{"matchLabels": {"zone": "b"}}]}},
            install={"source": "builtin", "speaker": {"nodeSelectors": {"zone": "a"}}},
        ),
        {("B11", f"{POOL}.advertisements.x.nodeSelectors")},
    ),
    "an advertisement from some of the nodes with speakers": (
        static(
            {"x": {"nodeSelectors": [{"matchLabels": {"row": "b"}}]}},
            install={"source": "builtin", "speaker": {"nodeSelectors": {"zone": "a"}}},
        ),
        set(),
    ),
    "an aggregate over another pool": (
        static(
            q={
                "addresses": ["198.51.100.1-198.51.100.3"],
                "advertisements": {"a": {"aggregationLength": 31}},
            },
            z={"addresses": ["198.51.100.0/32"]},
        ),
        {("B19", "metallb:addressPools.q.advertisements.a.aggregationLength")},
    ),
    "a community's name that is a value": (
        static({"a": {"communities": ["64512:1"]}}, bgp={"communities": {"64512:1": "64512:666"}}),
        {("C5", "metallb:bgp.communities.64512:1")},
    ),
    "a community without a name": (
        static(bgp={"communities": {"": "64512:1"}}),
        {("C6", "metallb:bgp.communities")},
    ),
    "selectors that contradict themselves": (
        static(
            {
                "a": {
                    "serviceSelectors": [
                        {
                            "matchLabels": {"app": "x"},
                            "matchExpressions": [
                                {"key": "app", "operator": "NotIn", "values": ["x", "z"]}
                            ],
                        }
                    ]
                }
            }
        ),
        {("B15", f"{POOL}.advertisements.a.serviceSelectors[0]")},
    ),
    "a priority that no number of 64 bits holds": (
        static(
            q={
                "addresses": ["198.51.100.0/28"],
                "serviceAllocation": {"priority": 1 << 64, "namespaces": ["web"]},
            }
        ),
        # Pulumi reads it as a fraction, and says so before any rule does.
        {("FORM", "metallb:addressPools.q.serviceAllocation.priority")},
    ),
    "a negative priority": (
        static(
            q={
                "addresses": ["198.51.100.0/28"],
                "serviceAllocation": {"priority": -1, "namespaces": ["web"]},
            }
        ),
        {("A23", "metallb:addressPools.q.serviceAllocation.priority")},
    ),
    "a rack without speakers": (
        static(
            racks=[labelled("a", 1, zone="a"), labelled("b", 2, zone="b")],
            install={"source": "builtin", "speaker": {"nodeSelectors": {"zone": "a"}}},
        ),
        {("I14", f"{RACKS}[1].nodeSelectors.zone")},
    ),
    "two racks with the same labels": (
        static(racks=[labelled("a", 1, zone="a"), labelled("b", 2, zone="a")]),
        {("I15", f"{RACKS}[1].nodeSelectors")},
    ),
    "two racks of which one has a label more": (
        static(racks=[labelled("a", 1, zone="a", gpu="yes"), labelled("b", 2, zone="a")]),
        {("I15", f"{RACKS}[1].nodeSelectors")},
    ),
    "two racks with two labels": (
        static(racks=[labelled("a", 1, zone="a"), labelled("b", 2, row="b")]),
        set(),
    ),
    "a limit of next hops, and nodes by label": (
        static(racks=[labelled("a", 1, zone="a")], bgp={"ecmpLimit": 4}),
        {("I16", "metallb:bgp.ecmpLimit")},
    ),
    "no limit of next hops, and nodes by label": (
        static(racks=[labelled("a", 1, zone="a")]),
        set(),
    ),
}


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_file_is_judged_at_its_keys(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, expected = STACKS[name]
    assert problems_of(capsys, written(tmp_path, sections)) == expected


def resource(kind: str, name: str, version: str = "v1beta1", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"metallb.io/{version}",
        "kind": kind,
        "metadata": {"name": name, "namespace": "metallb-system"},
        "spec": spec,
    }


def advertised(*listed: dict[str, Any], **pools: dict[str, Any]) -> list[dict[str, Any]]:
    """A peer on two nodes, the pool `p` and others, and advertisements of `p`."""
    sessions = {"myASN": 64512, "peerASN": 64512, "peerAddress": "10.1.0.1", "holdTime": "9s"}
    nodes = where(HOST, "In", "n1", "n2")
    found = [resource("BGPPeer", "tor", "v1beta2", **sessions, nodeSelectors=nodes)]
    pools = {"p": {"addresses": ["203.0.113.0/28"]}, **pools}
    found += [resource("IPAddressPool", name, **spec) for name, spec in pools.items()]
    found += [
        resource("BGPAdvertisement", f"a{n}", **{"ipAddressPools": ["p"], **spec})
        for n, spec in enumerate(listed)
    ]
    return found


def aliases(*listed: tuple[str, str]) -> dict[str, Any]:
    pairs = [{"name": name, "value": value} for name, value in listed]
    return resource("Community", "names", communities=pairs)


RESOURCES: dict[str, tuple[list[dict[str, Any]], str, Problems]] = {
    "preferences": (
        advertised({"localPref": 100, **APP}, {"localPref": 200}),
        "0.16.2",
        {("B17", "BGPAdvertisement a1: spec.localPref")},
    ),
    "communities, before": (
        advertised({"communities": ["1:1"]}, {"communities": ["1:2"]}),
        "0.15.3",
        {("N7", "BGPAdvertisement a1: spec.communities")},
    ),
    "communities, since": (
        advertised({"communities": ["1:1"]}, {"communities": ["1:2"]}),
        "0.16.0",
        set(),
    ),
    "many communities": (
        advertised({"communities": DOZENS[0]}, {"communities": DOZENS[1]}),
        "0.16.2",
        {("N5", "BGPAdvertisement a1: spec.communities")},
    ),
    "no node": (
        advertised(OUTSIDE),
        "0.16.2",
        {("B11", "BGPAdvertisement a0: spec.nodeSelectors")},
    ),
    "covered": (
        advertised(
            {"ipAddressPools": ["p", "q"]},
            {"ipAddressPools": ["r"], "aggregationLength": 31},
            q={"addresses": ["198.51.100.0/32"]},
            r={"addresses": ["198.51.100.1-198.51.100.3"]},
        ),
        "0.16.2",
        {("B19", "BGPAdvertisement a1: spec.aggregationLength")},
    ),
    "names": (
        [*advertised({"communities": ["1:1"]}), aliases(("1:1", "1:666"), ("", "1:2"))],
        "0.16.2",
        {
            ("C5", "Community names: spec.communities[0]"),
            ("C6", "Community names: spec.communities[1]"),
        },
    ),
    "priority": (
        advertised({}, p={"addresses": ["203.0.113.0/28"], "serviceAllocation": {"priority": -4}}),
        "0.16.2",
        {("A23", "IPAddressPool p: spec.serviceAllocation.priority")},
    ),
}


@pytest.mark.parametrize("name", RESOURCES)
def test_objects_are_judged_at_their_fields(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects, release, expected = RESOURCES[name]
    path = tmp_path / "metallb.yaml"
    path.write_text(dumped_all(objects), encoding="utf-8")
    assert problems_of(capsys, str(path), "--release", release, "--mode", "native") == expected


def test_a_configmap_is_judged_at_its_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {
        "peers": [
            {
                "my-asn": 64512,
                "peer-asn": 64512,
                "peer-address": "10.1.0.1",
                "hold-time": "9s",
                "node-selectors": [{"match-labels": {HOST: "n1"}}],
            }
        ],
        "address-pools": [
            {
                "name": "p",
                "protocol": "bgp",
                "addresses": ["203.0.113.0/28"],
                "bgp-advertisements": [{"communities": ["1:1"]}, {"communities": ["1:2"]}],
            }
        ],
    }
    data = {"config": dumped(config)}
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "config", "namespace": "metallb-system"},
        "data": data,
    }
    path = tmp_path / "config.yaml"
    path.write_text(dumped(document), encoding="utf-8")
    found = problems_of(capsys, str(path))
    assert [(each, place.rpartition("address-pools")[2]) for each, place in found] == [
        ("N7", "[0].bgp-advertisements[1].communities")
    ]
