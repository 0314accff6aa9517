"""Custom resources in values of charts of raw objects, wherever the values are."""

import json
import textwrap
from pathlib import Path

import pytest

from metallb.cli import main
from tests.unit.importing.inputs import ADVERTISED, PEER, POOL, checked, imported, written

HEADS = {
    "values": "resources:\n{}",
    "a map of values": "rawResources:\n  all:\n    manifests:\n{}",
    "HelmRelease": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
    "metadata: {{name: a}}\nspec:\n  values:\n    resources:\n{}",
    "HelmRelease in a List": "apiVersion: v1\nkind: List\nitems:\n"
    "- apiVersion: helm.toolkit.fluxcd.io/v2\n  kind: HelmRelease\n"
    "  metadata: {{name: a}}\n  spec:\n    values:\n      resources:\n{}",
    "Application with a text": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
    "metadata: {{name: a}}\nspec:\n  source:\n    helm:\n      values: |\n        extra:\n{}",
    "Application": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
    "metadata: {{name: a}}\nspec:\n  sources:\n  - helm:\n      valuesObject:\n        extra:\n{}",
    "ConfigMap of a HelmRelease": "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n"
    "data:\n  values.yaml: |\n    resources:\n{}",
}


def in_values(form: str, *objects: str) -> str:
    items = "".join(textwrap.indent(each, "  ").replace("  ", "- ", 1) for each in objects)
    return HEADS[form].format(textwrap.indent(items, " " * 12))


@pytest.mark.parametrize("form", HEADS)
def test_objects_in_values_are_read_and_judged_at_their_line(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = in_values(form, PEER, POOL, ADVERTISED)
    path = written(tmp_path, text)
    assert checked(capsys, str(path))[0] == set()
    sections, lines = imported(capsys, str(path), "--strict")
    assert sections["metallb:platform"]["racks"][0]["routers"] == [{"address": "192.0.2.1"}]
    assert list(sections["metallb:addressPools"]) == ["web"]
    assert not any("passed over" in each for each in lines)
    wrong = text.replace("holdTime: 9s", "holdTime: 2s")
    written(tmp_path, wrong)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    line = next(n for n, each in enumerate(wrong.splitlines(), 1) if "2s" in each)
    assert (found["id"], found["line"]) == ("P6", line)


def test_a_number_in_values_is_one_for_the_api_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = in_values("values", PEER.replace("peerASN: 64513", "peerASN: 0176001"), POOL)
    path = written(tmp_path, text)
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:bgp"]["peerAsn"] == 0o176001
    assert any("warning[P35]" in each for each in lines)


def test_a_text_of_values_with_objects_that_is_no_yaml_is_refused_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = in_values("Application with a text", PEER) + "            - {a: b\n"
    path = written(tmp_path, text)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["code"], found["file"]) == ("E101", str(path))
    assert found["line"] >= len(text.splitlines())
