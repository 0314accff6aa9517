"""Import takes every field over, or names it: with the reason, at its object."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.importing.meaning import differences
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing.base import MetalLBObject
from metallb.routing.custom_resources import manifests
from metallb.routing.fields import declared, manifest_key
from metallb.routing.table import RoutingConfig, spec_of
from metallb.stackfile import stack_config
from tests.unit.importing.inputs import imported, written
from tests.unit.routing.examples import FIELDS, example, routing_with

ELSEWHERE = {
    ("BGPPeer", "password"),
    ("BGPPeer", "password_secret"),
    ("BGPAdvertisement", "ip_address_pool_selectors"),
    ("L2Advertisement", "ip_address_pool_selectors"),
}
"""What a rendered stack file has in another form, or sets afterwards; with tests of their own."""


def documents(routing: RoutingConfig) -> str:
    return yaml.safe_dump_all(manifests(routing, "metallb-system"))


def rendered(sections: dict[str, Any]) -> RoutingConfig:
    bare = {key.removeprefix("metallb:"): value for key, value in sections.items()}
    return routing_config(stack_config(bare, source="import"), PlatformFacts())


def spec_in(item: MetalLBObject, name: str) -> Any:
    return item.to_manifest("n")["spec"].get(manifest_key(type(item.spec), name))


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_field_is_taken_over_or_named(
    kind: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    routing = routing_with(kind, name)
    path = written(tmp_path, documents(routing))
    (item,) = routing.of_kind(kind)
    key = manifest_key(spec_of(kind), name)
    left_out = declared(spec_of(kind), name).ignored_since is not None
    sections, lines = imported(capsys, str(path))
    named = [each for each in lines if each.startswith("note: not read: ")]
    if left_out:
        (line,) = named
        assert f"{kind} {item.name}" in line
        assert f"{key}: " in line
        return
    if (kind, name) in ELSEWHERE:
        return
    assert named == []
    found = rendered(sections).of_kind(kind)
    assert [spec_in(each, name) for each in found] == [example(kind, name)]


COMPARED = [
    (kind, name)
    for kind, name in FIELDS
    # With one pool all pools are the named one.
    if name != "ip_address_pools"
]


@pytest.mark.parametrize(("kind", "name"), COMPARED)
def test_a_field_that_is_lost_is_a_difference(kind: str, name: str) -> None:
    assert differences(routing_with(kind, name), routing_with(kind)) != ()
    assert differences(routing_with(kind, name), routing_with(kind, name)) == ()


def test_what_an_older_release_reads_is_not_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(routing_with("BGPPeer", "disable_mp")))
    sections, _ = imported(capsys, str(path), "--release", "0.14.9", "--mode", "frr")
    assert [each.spec.disable_mp for each in rendered(sections).peers] == [True]


def test_labels_and_annotations_of_objects_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = list(yaml.safe_load_all(documents(routing_with("BGPPeer"))))
    for each in listed:
        each["metadata"]["annotations"] = {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            **({"team": "net"} if each["kind"] == "BGPPeer" else {}),
        }
        if each["kind"] == "BGPAdvertisement":
            each["metadata"]["labels"] = {"tier": "a"}
    path = written(tmp_path, yaml.safe_dump_all(listed))
    _, lines = imported(capsys, str(path))
    named = [each for each in lines if each.startswith("note: not read: ")]
    assert [each.partition(f"{path}: ")[2].partition(": a stack file")[0] for each in named] == [
        "BGPPeer tor: annotations team",
        "BGPAdvertisement public: labels tier",
    ]
