"""RoutingConfiguration: both formats, and where passwords may stand."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
import yaml

from metallb.components import ArgumentError, RoutingConfiguration
from metallb.problems.problem import spelled
from metallb.routing.table import spec_of
from tests.support.record import Record, Registration
from tests.support.recording import run, run_failing, unknown_output

PASSWORD = "planted-md5-key-1"
OTHER = "planted-md5-key-2"


def _peer(name: str, address: str, host: str, **more: Any) -> dict[str, Any]:
    selector = {"matchLabels": {"kubernetes.io/hostname": host}}
    spec = {
        "myASN": 65000,
        "peerASN": 65530,
        "peerAddress": address,
        "nodeSelectors": [selector],
        **more,
    }
    return {"kind": "BGPPeer", "name": name, "spec": spec}


KEY = {"passwordSecret": {"name": "bgp-password"}}
POOL = {"kind": "IPAddressPool", "name": "default", "spec": {"addresses": ["203.0.113.0/28"]}}
ADVERTISED = {
    "kind": "BGPAdvertisement",
    "name": "default",
    "spec": {"ipAddressPools": ["default"]},
}
OBJECTS = [_peer("a", "10.0.0.1", "a", **KEY), _peer("b", "10.0.1.1", "b", **KEY), POOL, ADVERTISED]


def _args(format_: str, objects: list[dict[str, Any]], more: dict[str, Any]) -> Any:
    return {"namespace": "metallb-system", "format": format_, "objects": objects, **more}


def _run(
    format_: str, objects: list[dict[str, Any]] = OBJECTS, preview: bool = False, **more: Any
) -> Record:
    more.setdefault("passwords", {"bgp-password": PASSWORD})
    return run(
        lambda: RoutingConfiguration("routing", _args(format_, objects, more)) and None,
        preview=preview,
    )


def _document(record: Record) -> dict[str, Any]:
    text = record.one("ConfigMap").inputs.at("data.config")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def _custom(record: Record) -> list[Registration]:
    return [item for item in record.kube() if item.kind != "Secret"]


# --- the ConfigMap ------------------------------------------------------------------------------


def test_the_old_format_is_one_config_map_named_config() -> None:
    record = _run("configmap")
    assert [item.kind for item in record.kube()] == ["ConfigMap"], "0.12 knows no Secret"
    config = record.one("ConfigMap").inputs.plain
    assert config["metadata"]["name"] == "config"
    assert config["metadata"]["namespace"] == "metallb-system"
    assert list(config["data"]) == ["config"]


def test_the_document_says_what_the_objects_say() -> None:
    document = _document(_run("configmap"))
    assert [peer["peer-address"] for peer in document["peers"]] == ["10.0.0.1", "10.0.1.1"]
    assert document["peers"][0]["password"] == PASSWORD, "0.12 reads it in clear text"
    assert document["address-pools"][0]["addresses"] == ["203.0.113.0/28"]


def test_one_password_makes_the_whole_data_secret() -> None:
    record = _run("configmap")
    config = record.one("ConfigMap")
    assert config.inputs.is_secret("data.config"), "the engine must seal it in its state"
    assert record.places_of(PASSWORD) == []


def test_without_a_password_the_document_can_be_read_in_a_diff() -> None:
    plain = [_peer("a", "10.0.0.1", "a"), POOL, ADVERTISED]
    config = _run("configmap", plain, passwords={}).one("ConfigMap")
    assert not config.inputs.is_secret("data.config"), "a sealed diff tells a reviewer nothing"


def test_peers_that_differ_in_nothing_but_the_node_stay_two_entries() -> None:
    alike = [_peer("a", "10.0.0.1", "a"), _peer("b", "10.0.0.1", "b"), POOL, ADVERTISED]
    peers = _document(_run("configmap", alike, passwords={}))["peers"]
    assert [peer["node-selectors"] for peer in peers] == [
        [{"match-labels": {"kubernetes.io/hostname": node}}] for node in ("a", "b")
    ]


def test_numbers_that_a_component_host_sends_as_floats_are_written_whole() -> None:
    floats = [_peer("a", "10.0.0.1", "a", myASN=65000.0, peerASN=65530.0), POOL, ADVERTISED]
    text = _run("configmap", floats, passwords={}).one("ConfigMap").inputs.at("data.config")
    assert "65000\n" in text
    assert "65000.0" not in text, "MetalLB 0.12 refuses the whole document"


def test_a_spec_that_the_format_does_not_know_ends_in_one_problem_without_its_values() -> None:
    bad = [_peer("a", "10.0.0.1", "a", holdTimes=PASSWORD), POOL, ADVERTISED]

    def program() -> None:
        RoutingConfiguration("routing", _args("configmap", bad, {}))

    record = run_failing(program)
    assert isinstance(record.error, ArgumentError), f"a traceback: {record.error!r}"
    assert isinstance(record.error, pulumi.RunError)
    (problem,) = record.error.problems
    place = "RoutingConfiguration routing: BGPPeer a: spec.holdTimes"
    assert spelled(problem.location) == place, "it names the object"
    assert PASSWORD not in str(record.error)
    assert record.places_of(PASSWORD) == [], "the mistyped key may have been `password`"
    assert record.kube() == []


def test_a_preview_with_unknown_addresses_still_shows_the_config_map() -> None:
    def program() -> None:
        pool = {**POOL, "spec": unknown_output()}
        more = {"passwords": {"bgp-password": PASSWORD}}
        RoutingConfiguration("routing", _args("configmap", [*OBJECTS[:2], pool, ADVERTISED], more))

    record = run(program, preview=True)
    assert record.one("ConfigMap").inputs.unknown == {"data.config"}


# --- custom resources -----------------------------------------------------------------------------


def test_the_new_format_is_one_custom_resource_an_object() -> None:
    record = _run("custom-resources")
    made = {(item.kind, item.inputs.at("metadata.name")) for item in _custom(record)}
    assert made == {(item["kind"], item["name"]) for item in OBJECTS}
    assert record.kube("ConfigMap") == [], "0.13 and later ignore it"
    for item in _custom(record):
        assert item.inputs.at("metadata.namespace") == "metallb-system"


def test_specs_arrive_as_they_were_given() -> None:
    record = _run("custom-resources")
    specs = {item.inputs.at("metadata.name"): item.inputs.plain["spec"] for item in _peers(record)}
    assert specs == {item["name"]: item["spec"] for item in OBJECTS if item["kind"] == "BGPPeer"}


def _peers(record: Record) -> list[Registration]:
    return record.kube("BGPPeer")


def test_a_password_stands_in_one_basic_auth_secret_and_nowhere_else() -> None:
    record = _run("custom-resources", passwords={"bgp-password": PASSWORD, "rack-b": OTHER})
    secrets = {item.inputs.at("metadata.name"): item for item in record.kube("Secret")}
    assert set(secrets) == {"bgp-password", "rack-b"}
    for name, value in (("bgp-password", PASSWORD), ("rack-b", OTHER)):
        secret = secrets[name]
        assert secret.inputs.plain["type"] == "kubernetes.io/basic-auth", "MetalLB reads no other"
        assert secret.inputs.at("stringData.password") == value
        assert secret.inputs.is_secret("stringData.password"), "marked on the wire"
        assert record.places_of(value) == []
        holders = [item.name for item in record.resources if value in str(item.inputs.plain)]
        assert holders == [secret.name], "peers refer to the Secret by name"


def test_peers_come_after_the_secrets_they_refer_to() -> None:
    record = _run("custom-resources")
    secret = record.one("Secret")
    for peer in _peers(record):
        assert record.depends_on(peer, secret.urn), "MetalLB refuses a peer without its Secret"


@pytest.mark.parametrize("format_", ["configmap", "custom-resources"])
def test_everything_waits_for_what_the_caller_says(format_: str) -> None:
    def program() -> None:
        first = k8s.core.v1.Namespace("first")
        more = {"after": [first], "passwords": {"bgp-password": PASSWORD}}
        RoutingConfiguration("routing", _args(format_, OBJECTS, more))

    record = run(program)
    first = record.one("Namespace")
    for item in record.kube():
        if item is not first:
            assert record.depends_on(item, first.urn), f"{item.name} does not wait"


@pytest.mark.parametrize("format_", ["configmap", "custom-resources"])
def test_the_order_of_objects_changes_no_name(format_: str) -> None:
    forth = {item.urn for item in _run(format_, OBJECTS).resources}
    back = {item.urn for item in _run(format_, OBJECTS[::-1]).resources}
    assert forth == back, "an inserted peer would replace all behind it"


def test_names_are_kind_and_object_name() -> None:
    names = {item.name for item in _run("custom-resources").kube()}
    assert names == {
        "routing-secret-bgp-password",
        "routing-bgppeer-a",
        "routing-bgppeer-b",
        "routing-ipaddresspool-default",
        "routing-bgpadvertisement-default",
    }


@pytest.mark.parametrize("format_", ["configmap", "custom-resources"])
def test_labels_are_on_every_object(format_: str) -> None:
    labels = {"app": "metallb", "owner": "net"}
    for item in _run(format_, labels=labels).kube():
        assert item.inputs.at("metadata.labels") == labels, item.name


@pytest.mark.parametrize("format_", ["configmap", "custom-resources"])
def test_outputs_name_what_was_written(format_: str) -> None:
    record = _run(format_)
    outputs = record.outputs_of(record.one("RoutingConfiguration"))
    assert outputs["format"] == format_
    assert outputs["object_names"] == [f"{item['kind']}/{item['name']}" for item in OBJECTS]


def test_a_preview_with_unknown_specs_shows_every_object() -> None:
    def program() -> None:
        objects = [{**item, "spec": unknown_output()} for item in OBJECTS]
        RoutingConfiguration("routing", _args("custom-resources", objects, {}))

    record = run(program, preview=True)
    assert len(_custom(record)) == len(OBJECTS)
    assert all(item.inputs.unknown == {"spec"} for item in _custom(record))


def test_the_namespace_may_be_an_output_of_another_resource() -> None:
    def program() -> None:
        home = k8s.core.v1.Namespace("home", metadata={"name": "lb"})
        args = _args("custom-resources", OBJECTS, {"passwords": {"bgp-password": PASSWORD}})
        RoutingConfiguration("routing", {**args, "namespace": home.metadata["name"]})

    record = run(program)
    homes = {item.inputs.plain["metadata"].get("namespace") for item in record.kube()}
    assert homes == {None, "lb"}


def test_an_object_that_was_renamed_is_the_former_one_to_the_engine() -> None:
    before = _run("custom-resources").one("IPAddressPool")
    renamed = {**POOL, "name": "public", "renamed_from": "default"}
    after = _run("custom-resources", [*OBJECTS[:2], renamed, ADVERTISED]).one("IPAddressPool")
    assert after.name == "routing-ipaddresspool-public"
    assert before.name in after.aliases, "or the new pool overlaps the old one, which is refused"
    assert after.parent == before.parent


def test_no_object_is_made_beside_the_one_it_replaces() -> None:
    for item in _custom(_run("custom-resources")):
        assert item.delete_before_replace, f"{item.name}: MetalLB refuses two pools that overlap"


def _fixed_at_creation(kind: str) -> set[str]:
    """Fields that can't change at the API server, by the rules in the CRD."""
    spec = spec_of(kind)
    assert spec is not None
    return {
        f"spec.{field.alias}"
        for field in spec.model_fields.values()
        if "oldSelf" in str(field.json_schema_extra)
    }


def test_what_the_api_server_refuses_to_change_is_made_anew() -> None:
    made = _custom(_run("custom-resources"))
    assert {item.kind: set(item.replace_on_changes) for item in made} == {
        item.kind: _fixed_at_creation(item.kind) for item in made
    }
    assert any(item.replace_on_changes for item in made)
