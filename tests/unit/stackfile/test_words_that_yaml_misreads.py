"""Unquoted words of a stack file that readers of YAML differ about."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from metallb.cli import main
from metallb.problems.errors import ConfigError
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file
from metallb.yaml_text.plain_words import Misread, plain_value
from tests.support.problems import places
from tests.unit.stackfile.stack_texts import GOOD, checked, whole
from tests.unit.yaml_text.test_yaml_text import GO_READS_MORE, OLD_ONES

NUMBERS = ["064512", "64_512", "18:20", "0xFC00", "0o176000", "0b11", "64512.0", "6.4512e4", "1e3"]
NUMBERS += ["+64512", "099", ".5", "5.", "~", "yes", "2001-01-01", ".inf", "99999999999999999999"]
WORDS = [
    "012",
    "1_0",
    "12:30",
    "0x1f",
    "0o17",
    "1e3",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "~",
    ".5",
    "1.10",
]
WORDS += ["2001-01-01", "2001-1-1T10:00:00Z", "=", ".nan", "+5", "08"]


@pytest.mark.parametrize("word", NUMBERS)
@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("myAsn: 64512", "myAsn: {}", "metallb:bgp.myAsn"),
        ("asn: 64601", "asn: {}", "metallb:platform.racks[0].routers[0].asn"),
        ("64512", "64512\n    maxPrefixes: {}", "metallb:bgp.maxPrefixes"),
        (
            "64512",
            "64512\n    bfdProfiles: {{fast: {{receiveInterval: {}}}}}",
            "metallb:bgp.bfdProfiles.fast.receiveInterval",
        ),
        (
            "28]",
            "28], advertisements: {{default: {{localPref: {}}}}}",
            "metallb:addressPools.public.advertisements.default.localPref",
        ),
    ],
)
def test_a_number_of_another_spelling_is_refused(
    before: str,
    after: str,
    where: str,
    word: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = GOOD.replace(before, after.format(word), 1)
    assert [key for key, _ in checked(tmp_path, text, capsys)] == [where]


@pytest.mark.parametrize("word", ["18446744073709551616", "-9223372036854775809", "9" * 30])
def test_a_number_out_of_bounds_is_not_to_be_written_again(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD.replace("myAsn: 64512", f"myAsn: {word}"), encoding="utf-8")
    assert main(["check", str(path), "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert found["where"] == "metallb:bgp.myAsn"
    assert word not in found["remedy"]


@pytest.mark.parametrize("first", ["", "---\n", "# one\n---\n"])
def test_a_second_document_is_found_at_its_line(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(f"{first}{GOOD}---\n{GOOD}", encoding="utf-8")
    assert main(["check", str(path), "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert found["line"] == len(f"{first}{GOOD}".splitlines()) + 1


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("name: a", "name: {}", "metallb:platform.racks[0].name"),
        ("[a1]", "[a1, {}]", "metallb:platform.racks[0].nodes[1]"),
        ("public:", "{}:", "metallb:addressPools.{}"),
        ("64512", "64512\n    communities: {{blue: {}}}", "metallb:bgp.communities.blue"),
        ("64512", "64512\n    communities: {{{}: '1:2'}}", "metallb:bgp.communities.{}"),
        ("64512", "64512\n    password: {}", "metallb:bgp.password"),
        ("64512", "64512\n    holdTime: {}", "metallb:bgp.holdTime"),
        ("64512", "64512\n  metallb:install: {{version: {}}}", "metallb:install.version"),
        (
            "64512",
            "64512\n  metallb:install: {{helmValues: {{a: [{}]}}}}",
            "metallb:install.helmValues.a[0]",
        ),
        ("64512", "64512\n  metallb:kubernetes: {{context: {}}}", "metallb:kubernetes.context"),
        (
            "64512",
            "64512\n  metallb:kubernetes: {{kubeconfig: {}}}",
            "metallb:kubernetes.kubeconfig",
        ),
        (
            "28]",
            "28], advertisements: {{default: {{peers: [{}]}}}}",
            "metallb:addressPools.public.advertisements.default.peers[0]",
        ),
        (
            "28]",
            "28], serviceAllocation: {{serviceSelectors: [{{matchLabels: {{a: {}}}}}]}}",
            "metallb:addressPools.public.serviceAllocation.serviceSelectors[0].matchLabels.a",
        ),
        ("64512", "64512\n  aws:account: {}", "aws:account"),
        ("64512", "64512\n  acme-cloud:authToken: {}", "acme-cloud:authToken"),
    ],
)
def test_a_word_that_readers_differ_about_is_refused(
    before: str,
    after: str,
    where: str,
    word: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = GOOD.replace(before, after.format(word), 1)
    assert [key for key, _ in checked(tmp_path, text, capsys)] == [where.format(word)]


@pytest.mark.parametrize(
    "word", ["yes", "No", "on", "off", "y", "n", "1", "0", "'yes'", '"1"', "~"]
)
@pytest.mark.parametrize("key", ["autoAssign", "avoidBuggyIps"])
def test_a_boolean_is_true_or_false(
    word: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace("28]", f"28], {key}: {word}", 1)
    assert [key for key, _ in checked(tmp_path, text, capsys)] == [
        f"metallb:addressPools.public.{key}"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("64512", "'64512'"),
        ("28]", "28], autoAssign: 'true'"),
        ("28]", "28], autoAssign: False"),
        ("64512", "64512\n    maxPrefixes: null"),
        ("64512", "64512\n    maxPrefixes:"),
        (
            "64512",
            "64512\n    communities: {blue: '64512:30', red: 64512:100, large: 'large:1:2:3'}",
        ),
        ("name: a", "name: '012'"),
        ("name: a", 'name: "yes"'),
        ("64512", "64512\n  metallb:install: {version: 0.16.2}"),
        ("64512", "64512\n  metallb:install: {source: helm, helmValues: {a: 0.5, b: 7, c: [x]}}"),
        ("64512", "64512\n  aws:account: '012'"),
    ],
)
def test_what_every_reader_takes_alike_is_taken(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD.replace(before, after, 1))
    assert stack_config(read_stack_file(path).sections, source="x")


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ("myAsn: 064512", "myAsn: 64512"),
        ("myAsn: 1_000", "myAsn: 1000"),
        ("myAsn: 0xFC00", "myAsn: 64512"),
        ("myAsn: '064512'", "myAsn: 64512"),
        ("sourceAddress: off", "sourceAddress: false"),
        ("sourceAddress: 'yes'", "sourceAddress: true"),
        ("communities: {a: 64512:30}", "a: '64512:30'"),
        ("communities: {012: '1:2'}", "'012':"),
        ("holdTime: 1e3", "it as 3s or 90s"),
        ("bfdProfile: no", "bfdProfile: 'no'"),
    ],
)
def test_the_help_has_the_line_to_write(after: str, line: str, tmp_path: Path) -> None:
    lines = after if after.startswith("myAsn") else f"myAsn: 64512\n    {after}"
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD.replace("myAsn: 64512", lines, 1))
    with pytest.raises(ConfigError) as caught:
        stack_config(read_stack_file(path).sections, source="x")
    (problem,) = caught.value.problems
    assert f"write {line}" in problem.help


@pytest.mark.parametrize(
    "after",
    [
        "64512\n    password: 0123456",
        "64512\n    passwort: 0123456",
        "64512\n  metallb:install: {memberlistSecret: 0123456}",
        "64512\n  acme-cloud:authToken: 0123456",
        "64512\n    holdTime: 0123456\n    password: {secure: 'v1:x'}",
        "0123456\n    password: {secure: 'v1:x'}",
        "'0123456'\n    password: {secure: 'v1:x'}",
    ],
)
def test_a_misread_secret_is_not_shown(after: str, tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD.replace("64512", after, 1))
    with pytest.raises(ConfigError) as caught:
        whole(path)
    shown = str(caught.value)
    assert "123456" not in shown
    assert "42798" not in shown


@pytest.mark.parametrize("word", [*GO_READS_MORE, *OLD_ONES])
def test_a_word_that_is_written_in_quotes_is_not_taken_without(word: str) -> None:
    assert isinstance(plain_value(word), Misread) or word in ("true", "null", "")


@given(st.text("0123456789+-._:xobeEyYnNaAfFrRtTuUsSlLoO~=<TZ", min_size=1, max_size=9))
def test_what_is_taken_means_the_same_in_yaml_1_1(word: str) -> None:
    value = plain_value(word)
    if isinstance(value, Misread):
        return
    try:
        document = yaml.safe_load(f"key: {word}\n")
    except (yaml.YAMLError, ValueError):
        return
    if isinstance(document, dict) and not str(document["key"]).endswith(":"):
        assert (type(document["key"]), document["key"]) == (type(value), value)


def test_a_merge_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD.replace("myAsn: 64512", "<<: {myAsn: 64512}"))
    with pytest.raises(ConfigError) as caught:
        whole(path)
    assert ("E107", "metallb:bgp.<<") in places(caught.value.problems)
