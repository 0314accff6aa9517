"""What is declared of a field agrees with everything that is computed from it."""

from typing import Any

import pytest

from metallb.preflight import rule_by_id
from metallb.preflight.case import Case
from metallb.releases import FIRST_OF_CRDS, BgpMode, ConfigFormat, Release
from metallb.routing.configmap import configmap_document, parse_configmap
from metallb.routing.crds import crd_manifests
from metallb.routing.custom_resources import manifests, parse_manifests
from metallb.routing.fields import configmap_key, declared, is_set, manifest_key, words_for
from metallb.routing.table import OBJECTS, spec_of
from tests.unit.routing.examples import EXAMPLES, FIELDS, example, routing_with

LAST_OF_CONFIGMAP = Release(0, 12, 1)
LATEST = Release(999, 0, 0)
CONFIGMAP_SECTIONS = {
    "BGPPeer": "peers",
    "IPAddressPool": "address-pools",
    "BGPAdvertisement": "address-pools",
    "L2Advertisement": "address-pools",
    "BFDProfile": "bfd-profiles",
    "Community": "bgp-communities",
}
IN_SECTION = {("Community", "communities")}
"""What a whole section of the ConfigMap is."""


def test_every_field_has_an_example_that_is_not_its_default() -> None:
    assert {kind: set(spec_of(kind).model_fields) for kind in OBJECTS} == {
        kind: set(fields) for kind, fields in EXAMPLES.items()
    }
    for kind, name in FIELDS:
        (item,) = routing_with(kind, name).of_kind(kind)
        assert is_set(item.spec, name), (kind, name)


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_field_survives_custom_resources_under_its_name(kind: str, name: str) -> None:
    routing = routing_with(kind, name)
    listed = manifests(routing, "metallb-system")
    (made,) = (each for each in listed if each["kind"] == kind)
    assert made["spec"][manifest_key(spec_of(kind), name)] == example(kind, name)
    assert parse_manifests(listed, where="f") == routing


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_field_survives_the_configmap_or_is_declared_to_be_lacking(kind: str, name: str) -> None:
    routing = routing_with(kind, name)
    document = configmap_document(routing)
    key = configmap_key(spec_of(kind), name)
    if (kind, name) in IN_SECTION:
        assert document[CONFIGMAP_SECTIONS[kind]] == {"blue": "64512:8"}
        return
    field = declared(spec_of(kind), name)
    part = document[CONFIGMAP_SECTIONS[kind]][0]
    if kind == "BGPAdvertisement":
        (part,) = part.get("bgp-advertisements", [{}])
    if not key:
        assert field.elsewhere or field.since is not None
        assert not {manifest_key(spec_of(kind), name), name.replace("_", "-")} & set(part)
        return
    value = [{"match-labels": {"zone": "z"}}] if name == "node_selectors" else example(kind, name)
    assert part[key] == value
    (before,), (after,) = (
        each.of_kind(kind) for each in (routing, parse_configmap(document, where="f"))
    )
    assert getattr(after.spec, name) == getattr(before.spec, name)


def crd_properties(kind: str, release: Release) -> dict[str, Any]:
    """The fields that a CRD of ours has, in the version that is stored."""
    for crd in crd_manifests(release, "metallb-system"):
        if crd["spec"]["names"]["kind"] == kind:
            (version,) = (each for each in crd["spec"]["versions"] if each["storage"])
            schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
            found: dict[str, Any] = schema["properties"]
            return found
    raise AssertionError(kind)


def before(release: Release) -> Release:
    """A release that is older, and reads custom resources where there is such a one."""
    if release.patch:
        return Release(release.major, release.minor, release.patch - 1)
    return Release(release.major, release.minor - 1, 99)


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_the_crd_and_the_rule_of_releases_know_a_field_from_its_first_release_on(
    kind: str, name: str
) -> None:
    first = declared(spec_of(kind), name).since or FIRST_OF_CRDS
    key = manifest_key(spec_of(kind), name)
    assert key in crd_properties(kind, first)
    assert not finds("V1", kind, name, release=first)
    if first > FIRST_OF_CRDS:
        assert key not in crd_properties(kind, before(first))
        assert finds("V1", kind, name, release=before(first))
    field = declared(spec_of(kind), name)
    in_configmap = bool(configmap_key(spec_of(kind), name) or field.elsewhere)
    assert finds("V1", kind, name, release=LAST_OF_CONFIGMAP) is not in_configmap


def finds(rule: str, kind: str, name: str, **known: Any) -> bool:
    """Whether a rule reports the field of the example."""
    known = {"release": LATEST, "mode": BgpMode.FRR_K8S, **known}
    found = rule_by_id(rule)
    assert found is not None
    case = Case(routing=routing_with(kind, name), **known)
    if case.release.format is ConfigFormat.CONFIGMAP:
        assert case.in_configmap
    (item,) = case.routing.of_kind(kind)
    return any(hit.location == case.at(item, name) for hit in found.problems(case))


OF_MODES = ("N1", "X2", "X3", "B7")


@pytest.mark.parametrize("mode", BgpMode)
@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_the_rules_of_the_modes_refuse_a_field_in_the_modes_that_lack_it(
    kind: str, name: str, mode: BgpMode
) -> None:
    refused = any(finds(rule, kind, name, mode=mode) for rule in OF_MODES)
    assert refused is (mode not in declared(spec_of(kind), name).modes)


WORDS = {
    ("BGPPeer", "my_asn"): "",
    ("BGPPeer", "connect_time"): "FRR modes, 0.14.4 and later.",
    ("BGPPeer", "keepalive_time"): "FRR modes only.",
    ("BGPPeer", "local_asn"): "FRR mode, 0.16.0 and later.",
    ("BGPPeer", "source_address"): "Not carried by frr-k8s mode.",
    ("BGPPeer", "disable_mp"): "0.14.4 and later.",
    ("BGPAdvertisement", "as_path_prepend"): "frr-k8s mode, 0.16.2 and later.",
    ("BGPAdvertisement", "peers"): "0.13.0 and later.",
    ("IPAddressPool", "avoid_buggy_ips"): "0.12, and 0.13.4 and later.",
}


@pytest.mark.parametrize(("kind", "name"), WORDS)
def test_modes_and_releases_are_words_of_a_reference(kind: str, name: str) -> None:
    assert words_for(declared(spec_of(kind), name)) == WORDS[kind, name]
