"""Unquoted words of a ConfigMap mean what MetalLB 0.12's reader made of them (yaml.v2 v2.4.0)."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.importing.reading import read_foreign
from metallb.problems.errors import ConfigError
from metallb.routing import RoutingConfig
from metallb.stackfile.yaml_documents import parse_yaml
from tests.unit.importing.inputs import config, documents, written

WORDS = ["012", "1.10", "007", "0x1F", "1e3", "on", "NO", "y", "1_000", "08", "2024-01-05", ".5"]
PEER = "my-asn: 65000, peer-asn: 65001, peer-address: 10.0.0.1"
POOL = "name: default, protocol: bgp, addresses: [203.0.113.0/28]"


def document(peer: str = "", pool: str = POOL, rest: str = "") -> str:
    return f"peers: [{{{PEER}{peer and ', ' + peer}}}]\naddress-pools: [{{{pool}}}]\n{rest}"


def read(folder: Path, text: str, *, bare: bool = True) -> RoutingConfig:
    path = folder / "config.yaml"
    if not bare:
        inner = "".join(f"    {line}\n" for line in text.splitlines())
        text = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  config: |\n{inner}"
    path.write_text(text, encoding="utf-8")
    return read_foreign(path).routing


@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("word", WORDS)
def test_a_field_for_texts_keeps_the_spelling(tmp_path: Path, word: str, bare: bool) -> None:
    selectors = (
        f"node-selectors: [{{match-labels: {{rack: {word}, {word}: a}}}}, {{match-expressions: "
        f"[{{key: {word}, operator: In, values: [{word}]}}]}}], password: {word}"
    )
    pool = f"name: {word}, protocol: bgp, addresses: [203.0.113.0/28], "
    pool += f"bgp-advertisements: [{{communities: [{word}]}}]"
    text = document(selectors, pool, f"bgp-communities: {{{word}: {word}}}\n")
    routing = read(tmp_path, text, bare=bare)
    first, second = routing.peers[0].spec.node_selectors or ()
    assert first.match_labels == {"rack": word, word: "a"}
    (condition,) = second.match_expressions or ()
    assert (condition.key, condition.values) == (word, (word,))
    password = routing.peers[0].spec.password
    assert password is not None
    assert password.get_secret_value() == word
    assert routing.pools[0].name == word
    assert routing.advertisements[0].spec.communities == (word,)
    (alias,) = routing.communities[0].spec.communities or ()
    assert (alias.name, alias.value) == (word, word)


@pytest.mark.parametrize("word", WORDS)
def test_the_stack_file_selects_the_nodes_that_were_selected(
    tmp_path: Path, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(document(f"node-selectors: [{{match-labels: {{rack: {word}}}}}]"))
    assert main(["import", str(path), "--release", "0.16.2"]) == 0
    made = parse_yaml(capsys.readouterr().out, where="x")["config"]
    (rack,) = made["metallb:platform"]["racks"]
    assert rack["nodeSelectors"] == {"rack": word}


@pytest.mark.parametrize(
    ("peer", "field", "value"),
    [
        ("peer-port: 0x1F", "peer_port", 31),
        ("peer-port: 1e3", "peer_port", 1000),
        ("peer-port: 180.0", "peer_port", 180),
        ("ebgp-multihop: on", "ebgp_multi_hop", True),
        ("ebgp-multihop: y", "ebgp_multi_hop", True),
        ("ebgp-multihop: No", "ebgp_multi_hop", False),
        ("hold-time: ~", "hold_time", None),
        ("password: ~", "password", None),
        ('router-id: ""', "router_id", None),
        ("node-selectors: [{match-labels: , match-expressions: }]", "peer_port", 179),
    ],
)
def test_a_field_for_numbers_or_booleans_takes_what_go_takes(
    tmp_path: Path, peer: str, field: str, value: Any
) -> None:
    assert getattr(read(tmp_path, document(peer)).peers[0].spec, field) == value


@pytest.mark.parametrize(
    ("text", "location", "shown"),
    [
        (document().replace("65000", "yes"), ("peers", 0, "my-asn"), " yes "),
        (document().replace("65000", '"65000"'), ("peers", 0, "my-asn"), " '65000' "),
        (document('peer-port: ""'), ("peers", 0, "peer-port"), " '' "),
        (document("peer-port: 1.5"), ("peers", 0, "peer-port"), " 1.5 "),
        (document("ebgp-multihop: 1"), ("peers", 0, "ebgp-multihop"), " 1 "),
        (
            document(pool=f'{POOL}, auto-assign: "yes"'),
            ("address-pools", 0, "auto-assign"),
            " 'yes' ",
        ),
        (
            document(pool=f"{POOL}, bgp-advertisements: [{{localpref: true}}]"),
            ("address-pools", 0, "bgp-advertisements", 0, "localpref"),
            " true ",
        ),
        (document("password: [Hidden12345]"), ("peers", 0, "password"), "password is"),
    ],
)
def test_what_metallb_refuses_stays_refused(
    tmp_path: Path, text: str, location: tuple[str | int, ...], shown: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.location[1:] == location
    assert shown in problem.summary
    assert "Hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (documents().replace("myASN: 64512", "myASN: 064512"), "spec.myASN"),
        (documents().replace("holdTime", "peerPort: 0177, holdTime"), "spec.peerPort"),
        (config("my-asn: 64512", "my-asn: 064512"), "config: peers[0].my-asn"),
        (config("peer-asn: 64513", "peer-asn: 012"), "config: peers[0].peer-asn"),
    ],
)
def test_a_number_of_base_8_is_named(
    text: str, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, text)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["severity"]) == ("P35", "warning")
    assert found["where"].endswith(where)
    assert found["line"] > 0


@pytest.mark.parametrize("number", ["64512", "64_512", "0xFC00", "'064512'"])
def test_a_number_of_another_spelling_is_not_of_base_8(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents().replace("64512", number))
    main(["check", str(path), "--format", "json"])
    assert "P35" not in {each["id"] for each in json.loads(capsys.readouterr().out)}


def test_labels_that_are_spelled_apart_are_apart(tmp_path: Path) -> None:
    routing = read(tmp_path, document("node-selectors: [{match-labels: {01: a, 1: b}}]"))
    (selector,) = routing.peers[0].spec.node_selectors or ()
    assert selector.match_labels == {"01": "a", "1": "b"}
    with pytest.raises(ConfigError, match="E108"):
        read(tmp_path, document("node-selectors: [{match-labels: {on: a, 'on': b}}]"))
