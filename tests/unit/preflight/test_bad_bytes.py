"""Whatever bytes come in: a clear error or findings, in bounded time and memory, and no secret."""

import json
import random
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metallb.cli import main
from metallb.importing.formats import sniff
from metallb.importing.reading import read_foreign
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError, MetalLBError
from metallb.problems.text import first_line
from metallb.stackfile import stack_config
from metallb.stackfile.yaml_documents import parse_yaml, parse_yaml_documents
from tests.unit.importing.samples import CONFIGMAP, RESOURCES
from tests.unit.stacks import STATIC, static

SECONDS = 5
MEGABYTES = 200
BOUNDED = settings(
    deadline=SECONDS * 1000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "0s",
            "1e9h",
            "9" * 30,
            "::/0",
            "0.0.0.0/0",
            "a-b",
            "\x00",
            "\udcff",
            "\u0661",
            "-1",
            "0x1f",
        ]
    ),
)
VALUE = st.recursive(
    ODD,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document."""
    found = [path]
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in steps:
            found += places(inner, (*path, step))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


FULL = static(
    bgp={"holdTime": "3s", "communities": {"a": "1:2"}, "bfdProfiles": {"f": {"echoMode": True}}},
    install={"speaker": {"tolerations": [{"key": "a"}]}, "monitoring": {"serviceMonitor": True}},
    kubernetes={"version": "1.31", "nodeCidrs": ["10.0.0.0/8"]},
    preflight={"ignore": [{"id": "M1", "reason": "known to the team"}]},
)


@BOUNDED
@given(st.data())
def test_a_stack_file_with_an_odd_value_anywhere_is_refused_or_checked(data: Any) -> None:
    document = data.draw(st.sampled_from((FULL, STATIC)))
    for _ in range(data.draw(st.integers(1, 2))):
        # The first step of a path is a section's name, which is a text whatever the file holds.
        path = data.draw(st.sampled_from([place for place in places(document) if place]))
        document = replaced(document, path, data.draw(VALUE))
    with suppress(MetalLBError):
        assert all(first_line(each) for each in check_stack(stack_config(document, source="fuzz")))


@BOUNDED
@given(st.data())
def test_foreign_objects_with_an_odd_value_anywhere_are_refused_or_read(
    tmp_path: Path, data: Any
) -> None:
    documents: Any = data.draw(
        st.sampled_from(
            (
                list(yaml.safe_load_all(RESOURCES)),
                [yaml.safe_load(CONFIGMAP)],
                [yaml.safe_load(yaml.safe_load(CONFIGMAP)["data"]["config"])],
            )
        )
    )
    path = data.draw(st.sampled_from([place for place in places(documents) if place]))
    documents = replaced(documents, path, data.draw(VALUE))
    file = tmp_path / "objects.yaml"
    try:
        text = yaml.safe_dump_all(documents)
        file.write_text(text, encoding="utf-8")
    except (yaml.YAMLError, UnicodeEncodeError):
        return
    run(file)


@BOUNDED
@given(
    st.sampled_from((CONFIGMAP, RESOURCES, yaml.safe_dump({"config": {"metallb:x": 1}}))),
    st.binary(max_size=12),
    st.randoms(use_true_random=False),
)
def test_mutilated_bytes_are_refused_or_read(
    tmp_path: Path, text: str, inserted: bytes, chance: random.Random
) -> None:
    raw = bytearray(text.encode())
    start = chance.randrange(len(raw))
    raw[start : start + chance.randrange(20)] = inserted
    file = tmp_path / "objects.yaml"
    file.write_bytes(bytes(raw))
    run(file)


@BOUNDED
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_yaml_or_a_clear_error(text: str) -> None:
    with suppress(ConfigError):
        parse_yaml_documents(text, where="fuzz")


def run(file: Path) -> None:
    """The commands on a file: they end with an exit code, whatever it holds."""
    assert main(["check", str(file), "--format", "json"]) in (0, 2)
    assert main(["import", str(file)]) in (0, 1, 2)


DEEP = 100_000
BOMBS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "nested lists": "[" * DEEP + "]" * DEEP,
    "nested mappings": "{a: " * DEEP + "}" * DEEP,
    "indented": "\n".join(" " * n + f"k{n}:" for n in range(2000)),
    "repeated key": "config: {}\nconfig: {}\n",
    "NUL": "config:\x00 {}",
    "huge number": f"config: {{metallb:bgp: {{myAsn: {'9' * 100_000}}}}}",
    "huge hexadecimal": f"config: {{metallb:bgp: {{myAsn: 0x{'f' * 100_000}}}}}",
    "huge float": "config: {metallb:bgp: {myAsn: 1e999999999}}",
    "many values": "[" + "[]," * 1_000_000 + "]",
    "tag": "config: !!python/object/apply:os.system [true]",
    "tag of a type": "config: !!bool x",
    "binary": "config: !!binary aGk=",
    "several documents": "config: {}\n---\nconfig: {}\n",
    "wrong type": "config: [1, 2]",
    "list": "- a\n- b\n",
    "key of a list": "? [a, b]\n: c\n",
    "merge": "config: {<<: {a: 1}}\n",
    "tab": "config:\n\tmetallb:bgp: {}\n",
    "control character": "config: \x07",
    "long duration": f"config: {{metallb:bgp: {{holdTime: '{'1h' * 100_000}'}}}}",
    "long address": f"config: {{metallb:addressPools: {{a: {{addresses: ['{'1.' * 100_000}']}}}}}}",
    "long section": f"config: {{metallb:{'ab' * 50_000}: 1}}",
    "long key": f"config: {{metallb:bgp: {{{'ab' * 50_000}: 1}}}}",
    "many unknown keys": "config:\n  metallb:bgp:\n"
    + "".join(f"    key{n}: 1\n" for n in range(4_000)),
    "long name": f"config: {{metallb:addressPools: {{{'a' * 100_000}: {{}}}}}}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_file_costs_little_and_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Pulumi.bomb.yaml"
    file.write_text(BOMBS[name], encoding="utf-8")
    tracemalloc.start()
    start = time.process_time()
    code = main(["check", str(file), "--format", "json"])
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    findings = json.loads(capsys.readouterr().out)
    assert code == 2
    assert {each["id"] for each in findings} == {"FORM"}
    assert all(len(each["seen"]) < 200 for each in findings)
    assert seconds < SECONDS
    assert peak < MEGABYTES * 2**20


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"config: \x80", b"\xed\xa0\x80"])
def test_bytes_that_are_not_utf8_are_reported_by_their_place(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.bomb.yaml"
    file.write_bytes(raw)
    with pytest.raises(ConfigError, match="not UTF-8"):
        sniff(file)


def test_a_file_out_of_all_size_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.bomb.yaml"
    with file.open("wb") as handle:
        handle.truncate(2**40)
    with pytest.raises(ConfigError) as caught:
        sniff(file)
    assert [each.code for each in caught.value.problems] == ["E112"]


def test_a_selector_that_multiplies_is_refused(tmp_path: Path) -> None:
    many = [str(n) for n in range(200)]
    conditions = [{"key": f"k{n}", "operator": "In", "values": list(many)} for n in range(8)]
    spec = {
        "myASN": 1,
        "peerASN": 2,
        "peerAddress": "10.0.0.1",
        "nodeSelectors": [{"matchExpressions": conditions}],
    }
    peer = {"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer", "metadata": {"name": "a"}}
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all([{**peer, "spec": spec}]), encoding="utf-8")
    assert len(read_foreign(file).routing.peers) == 1
    assert main(["check", str(file)]) == 0
    assert main(["import", str(file)]) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1234:1", "1234:1"),
        ("a: 65535:65281", "65535:65281"),
        ("a: 2024-01-01", "2024-01-01"),
        ("a: 0x1F", 31),
        ("a: 1_000", 1000),
        ("a: -5", -5),
        ("a: 1.5", 1.5),
        ("a: true", True),
        ("a: '1'", "1"),
        ("a: ~", None),
    ],
)
def test_plain_words_are_read_as_metallb_and_pulumi_read_them(text: str, expected: object) -> None:
    assert parse_yaml(text, where="x") == {"a": expected}
