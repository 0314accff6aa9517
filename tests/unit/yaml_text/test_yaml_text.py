"""A text that is written stays a text, whatever reads the file."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from metallb.importing.writing import stack_text
from metallb.inventory.planned import Phase
from metallb.loading.snapshot import snapshot_text
from metallb.platforms.facts import NodeFacts, PlatformFacts
from metallb.render.manifests import RenderedObject, files_of
from metallb.routing import BgpPeer, BgpPeerSpec, LabelSelector, RoutingConfig
from metallb.routing.configmap import configmap_text
from metallb.stackfile.yaml_documents import parse_yaml
from metallb.yaml_text.writer import yaml_text
from tests.unit.stacks import stack, static

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | st.text(
    "0123456789eE+-._xob:", max_size=8
)

# What gopkg.in/yaml.v2 v2.4.0 and yaml.v3 v3.0.1 (kubectl, MetalLB, Pulumi) read as a number, a
# boolean, a date or nothing where it stands unquoted: run through both.
GO_READS_MORE = [
    *("1e3", "12e5", "1e10", "-1E3", "1e+3", "+.5e1", ".5e1", "1.e2", "08", "09.5e-1", "1_0e3"),
    *("0o17", "-0o7", "+0o7", "0O17", "0X1F", "0B11", "0b1_1", "0_x1F", "0b-1", "0o+1"),
    *(
        "y",
        "Y",
        "n",
        "N",
        "+.inf",
        ".NAN",
        "-.Inf",
        "2024-1-5",
        "2024-1-5 1:2:3",
        "2006-1-2t3:4:5Z",
    ),
]
OLD_ONES = [
    *("012", "007", "0x1F", "1.10", "on", "Off", "yes", "NO", "true", "null", "~", "", "<<", "="),
    *("1:20", "190:20:30.15", "2024-01-05", "+1", "-0b11", "1_000", ".5", "1."),
]
PLAIN = [
    *("10.64.43.10", "10.0.0.0/8", "65535:65281", "large:1:2:3", "worker-0", "3s", "v0.16.2"),
    *("1e3x", "e3", "2001:db8::1", "on-1", "7f0e", "1.2.3", "node-role.kubernetes.io/x"),
]


@pytest.mark.parametrize("word", GO_READS_MORE + OLD_ONES)
def test_a_word_that_some_reader_takes_for_a_number_is_quoted(word: str) -> None:
    assert yaml_text({"a": word}) == f"a: '{word}'\n"
    assert yaml_text({word: ["b"]}) == f"'{word}':\n- b\n"


@pytest.mark.parametrize("word", PLAIN)
def test_a_word_that_all_read_as_a_text_stays_without_quotes(word: str) -> None:
    assert yaml_text({"a": word}) == f"a: {word}\n"


@given(TEXTS)
@example("\n leading\nline")
@example("next\x85line\u2028here\n")
@example("\ufeffmark\nx")
@example("tab\there\n\n")
def test_any_text_comes_back(text: str) -> None:
    value = {"text": text, text: [text, {"deep": text}]}
    for written in (yaml_text(value), yaml_text(value, width=1000)):
        assert yaml.safe_load(written) == value
        assert parse_yaml(written, where="x") == value
    sections = {"a": value, "b": [{"c": text}]}
    read = parse_yaml(stack_text(sections), where="x")["config"]
    assert read == {f"metallb:{key}": item for key, item in sections.items()}


def test_what_stands_twice_is_written_twice() -> None:
    shared = {"matchLabels": {"rack": "a"}}
    assert parse_yaml(yaml_text([shared, shared]), where="x") == [shared, shared]


def test_lines_are_written_as_a_block() -> None:
    assert yaml_text({"config": "peers:\n- a: 1\n"}) == "config: |\n  peers:\n  - a: 1\n"


@pytest.mark.parametrize("word", ["1e3", "0o17", "y"])
def test_everything_that_is_written_for_others_quotes_them(word: str, tmp_path: Path) -> None:
    spec = BgpPeerSpec(
        my_asn=1,
        peer_asn=2,
        password=SecretStr(word),
        node_selectors=(LabelSelector(match_labels={"rack": word}),),
    )
    platform = stack(static()).platform
    device = NodeFacts(id=word, hostname=word)
    written = {
        "configmap": configmap_text(RoutingConfig(peers=(BgpPeer(name="a", spec=spec),))),
        "snapshot": snapshot_text(platform, PlatformFacts(nodes={word: device}), "x"),
        "stack": stack_text(
            {"platform": {"racks": [{"nodes": [word], "nodeSelectors": {"a": word}}]}}
        ),
    }
    metadata = {"name": "a", "labels": {"rack": word}}
    manifest = {"kind": "X", "apiVersion": "v1", "metadata": metadata}
    of_a_kind = [RenderedObject(Phase.POOLS, manifest)]
    (file,) = files_of(of_a_kind, None, (Phase.POOLS,)).files.values()
    written["manifest"] = file.data.decode()
    for name, text in written.items():
        assert f"'{word}'" in text, name
        assert not re.search(rf"(?<![\w']){word}(?![\w'])", text), name
