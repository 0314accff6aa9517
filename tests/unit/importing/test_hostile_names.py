"""`import` writes what it means and no more, whatever the names of a foreign file hold."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metallb.cli import main
from metallb.importing import writing
from metallb.importing.writing import stack_text
from metallb.problems.errors import MetalLBError
from metallb.problems.escape import escaped, yaml_escaped
from metallb.stackfile.yaml_documents import StackLoader, parse_yaml
from tests.support.yaml_text import dumped_all, loaded

HOSTILE = (
    "x\nconfig: {}\n",
    "a\r\nmetallb:kubernetes:\n  renderTo: /etc",
    "next\x85line\u2028and\u2029more",
    "\u202egnp.exe\u2066",
    "# comment",
    "--- \n- a",
    "*alias",
    "!!python/object:os.system",
    "'\"\\",
    "\ufeffmark",
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.sampled_from(HOSTILE)


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
@example("x\nconfig: {}\n", "metallb:bgp", ["a\n", "\n"])
def test_a_stack_file_is_read_as_what_it_means(key: str, value: str, comments: list[str]) -> None:
    sections = {"a": {key: [value, {key: value}]}, "b": {"flow": value}}
    text = stack_text(sections, comments=comments)
    head, _, body = text.partition("config:\n")
    assert all(line.startswith("#") for line in head.splitlines())
    assert head.count("\n") == 1 + len(comments)
    assert escaped(text) == text
    meant = {f"metallb:{name}": each for name, each in sections.items()}
    assert parse_yaml("config:\n" + body, where="x", kind=StackLoader) == {"config": meant}
    assert loaded(text) == {"config": meant}


def _resources(name: str) -> str:
    metadata = {"name": name, "namespace": "metallb-system"}
    api = "metallb.io/v1beta1"
    documents: list[dict[str, Any]] = [
        {
            "apiVersion": "metallb.io/v1beta2",
            "kind": "BGPPeer",
            "metadata": metadata,
            "spec": {
                "myASN": 64512,
                "peerASN": 64601,
                "peerAddress": "10.1.0.1",
                "passwordSecret": {"name": name},
                "nodeSelectors": [{"matchLabels": {"rack": name}}],
            },
        },
        {
            "apiVersion": api,
            "kind": "IPAddressPool",
            "metadata": metadata,
            "spec": {"addresses": ["203.0.113.0/28"]},
        },
        {
            "apiVersion": api,
            "kind": "BGPAdvertisement",
            "metadata": metadata,
            "spec": {"ipAddressPools": [name], "peers": [name]},
        },
        {
            "apiVersion": api,
            "kind": "Community",
            "metadata": metadata,
            "spec": {"communities": [{"name": name, "value": "64512:1"}]},
        },
    ]
    return dumped_all(documents)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_a_foreign_file_make_no_lines(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "objects\nconfig: 1.yaml", tmp_path / "Pulumi.x.yaml"
    source.write_text(_resources(name), encoding="utf-8")
    code = main(["import", str(source), "-o", str(target)])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert escaped(shown.err) == shown.err
    assert target.exists() is (code == 0)
    if code == 0:
        text = target.read_text(encoding="utf-8")
        assert escaped(text) == text
        document = parse_yaml(text, where="x", kind=StackLoader)
        assert list(document) == ["config"]
        assert set(document["config"]) == {
            f"metallb:{each}" for each in ("install", "platform", "bgp", "addressPools")
        }
    else:
        assert code in (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("64512", "64513"),
        lambda text: text + "  metallb:kubernetes: {renderTo: /etc}\n",
        lambda text: text + "other: 1\n",
        lambda text: text.replace("64512", "'64512'"),
        lambda text: text + "\t: [\n",
    ],
)
def test_another_text_than_the_one_that_is_meant_replaces_nothing(
    change: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(writing, "yaml_escaped", lambda text: change(yaml_escaped(text)))
    with pytest.raises(MetalLBError, match="read as something else"):
        stack_text({"bgp": {"myAsn": 64512}})
    source, target = tmp_path / "objects.yaml", tmp_path / "Pulumi.x.yaml"
    source.write_text(_resources("rack-a"))
    target.write_text("kept\n")
    assert main(["import", str(source), "-o", str(target), "--force"]) == 1
    assert "error[E900]" in capsys.readouterr().err
    assert target.read_text() == "kept\n"
