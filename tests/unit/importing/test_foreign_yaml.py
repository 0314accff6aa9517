"""Aliases, merge keys, and values of the chart: foreign YAML that holds MetalLB's document."""

import json
import textwrap
import time
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.importing.reading import read_foreign
from metallb.problems.errors import ConfigError
from metallb.stackfile.yaml_documents import parse_yaml
from tests.unit.importing.inputs import (
    checked,
    config,
    imported,
    written,
)

ANCHORED = """\
peers:
- &first {peer-address: 192.0.2.1, peer-asn: 64513, my-asn: 64512, hold-time: 9s}
- <<: *first
  peer-address: 192.0.2.2
- {peer-address: 192.0.2.9, <<: [{peer-port: 1179}, *first], peer-address: 192.0.2.3}
address-pools:
- {name: web, protocol: bgp, addresses: &blocks [198.51.100.0/28]}
"""


def test_aliases_and_merge_keys_are_followed_as_go_does(tmp_path: Path) -> None:
    text = ANCHORED.replace("{peer-address: 192.0.2.9, ", "{")
    routing = read_foreign(written(tmp_path, text)).routing
    assert [(peer.spec.peer_address, peer.spec.peer_port) for peer in routing.peers] == [
        ("192.0.2.1", 179),
        ("192.0.2.2", 179),
        ("192.0.2.3", 1179),
    ]


def test_a_merge_replaces_what_stands_before_it() -> None:
    text = "a: &a {x: 1, y: 1}\nb: {x: 2, <<: *a, y: 2}\nc: {<<: [{x: 3}, *a]}\n"
    found = parse_yaml(text, where="x", aliases=True)
    assert (found["b"], found["c"]) == ({"x": 1, "y": 2}, {"x": 3, "y": 1})


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x]\n"
        + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
        "a0: &a0 {x: y}\n"
        + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60)),
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100)),
        "a: &a [*a]\n",
        "a: &a {b: {c: *a}}\n",
        "a: *b\nb: &b 1\n",
        "a: &a 1\nb: {<<: *a}\n",
    ],
    ids=["laughs", "merged laughs", "deep", "itself", "itself below", "before", "no mapping"],
)
def test_aliases_out_of_bounds_are_refused_at_once(text: str, tmp_path: Path) -> None:
    begun = time.process_time()
    with pytest.raises(ConfigError):
        read_foreign(written(tmp_path, text + config()))
    assert time.process_time() - begun < 0.5


def test_a_stack_file_has_no_aliases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "config:\n  a:b: &x {c: d}\n  a:e: *x\n", "Pulumi.x.yaml")
    errors, _ = checked(capsys, str(path))
    assert errors == {"FORM"}


def test_a_key_for_anchors_is_read_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "x-common: &c {peer-asn: 64513, my-asn: 64512, hold-time: 9s}\n" + config(
        "peer-asn: 64513, my-asn: 64512, hold-time: 9s", "<<: *c"
    )
    path = written(tmp_path, text)
    assert checked(capsys, str(path))[0] == {"V10"}
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:bgp"]["peerAsn"] == 64513


INLINE = {
    "values": "configInline:\n{}",
    "values of an umbrella chart": "metallb:\n  configInline:\n  {}",
    "HelmRelease": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
    "metadata: {{name: a}}\nspec:\n  values:\n    configInline:\n    {}",
    "Application with a text": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
    "metadata: {{name: a}}\nspec:\n  source:\n    helm:\n      values: |\n"
    "        configInline:\n        {}",
    "Application": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\n"
    "spec:\n  sources:\n  - helm:\n      valuesObject:\n        configInline:\n        {}",
    "HelmChart": "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: a}}\n"
    "spec:\n  valuesContent: |-\n    configInline:\n    {}",
}


@pytest.mark.parametrize("form", INLINE)
def test_values_of_the_chart_are_read_and_their_mistakes_have_a_line(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, _ = INLINE[form].rpartition("{}")
    width = len(head) - len(head.rstrip(" ")) + 2
    text = INLINE[form].format(textwrap.indent(config(), " " * width).lstrip(" "))
    text = text.replace("configInline:\n" + " " * (width - 2), "configInline:\n" + " " * width, 1)
    path = written(tmp_path, text)
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:platform"]["racks"][0]["routers"] == [{"address": "192.0.2.1"}]
    wrong = text.replace("hold-time: 9s", "hold-time: 2s")
    written(tmp_path, wrong)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    line = next(n for n, each in enumerate(wrong.splitlines(), 1) if "2s" in each)
    assert (found["id"], found["line"]) == ("P6", line)


@pytest.mark.parametrize(("line", "code"), [("\tpeers: []", "E101"), ("peers: {{ .x }}", "E114")])
def test_a_text_of_values_that_is_no_yaml_is_refused_at_its_line(
    line: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = INLINE["HelmChart"].format("").replace("{{", "{").replace("}}", "}").rstrip()
    text = f"{head}\n      {line}\n"
    path = written(tmp_path, text)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["file"], found["line"]) == (str(path), len(text.splitlines()))
    assert found["code"] == code
