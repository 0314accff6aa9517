"""`new`: a stack file from options, and from what is typed on a terminal."""

import io
import sys
from pathlib import Path

import pytest
import yaml

from metallb.cli import main
from metallb.platforms.registry import kinds
from metallb.stackfile.json_schema import schema_text

RACKS = [
    *["--platform", "static", "--rack", "a=node-a1, node-a2", "--rack", "b=node-b1"],
    *["--router", "a=10.1.0.1@64601", "--router", "b=10.2.0.1@64602"],
    *["--pool", "public=203.0.113.0/28,198.51.100.0/28", "--context", "dc1"],
]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_options_become_a_file_without_a_finding(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "dc1", *RACKS]) == 0
    shown = capsys.readouterr()
    assert shown.out == "wrote Pulumi.dc1.yaml\n"
    assert shown.err == "next: metallb check dc1, then metallb render dc1 -o build/dc1\n"
    text = (empty / "Pulumi.dc1.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert (empty / "schema.json").read_text() == schema_text()
    config = yaml.safe_load(text)["config"]
    assert [rack["nodes"] for rack in config["metallb:platform"]["racks"]] == [
        ["node-a1", "node-a2"],
        ["node-b1"],
    ]
    assert config["metallb:platform"]["racks"][1]["routers"] == [
        {"address": "10.2.0.1", "asn": 64602}
    ]
    assert config["metallb:kubernetes"] == {"context": "dc1"}
    assert "# Every node of the rack opens a session with each of its routers.\n" in text
    assert main(["check", "dc1", "--strict"]) == 0


def test_the_file_lies_with_the_others(empty: Path) -> None:
    (empty / "stacks").mkdir()
    (empty / "clusters").mkdir()
    assert main(["new", "dc1", *RACKS]) == 0
    assert main(["new", "dc1", *RACKS, "--dir", "clusters"]) == 0
    for folder in ("stacks", "clusters"):
        assert (empty / folder / "Pulumi.dc1.yaml").exists()
        assert (empty / folder / "schema.json").exists()


def test_a_file_of_a_person_is_kept(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty / "Pulumi.dc1.yaml").write_text("mine\n")
    (empty / "schema.json").write_text("mine\n")
    assert main(["new", "dc1", *RACKS]) == 2
    assert "error[E204]: Pulumi.dc1.yaml exists" in capsys.readouterr().err
    assert (empty / "Pulumi.dc1.yaml").read_text() == "mine\n"
    assert main(["new", "dc1", *RACKS, "--force"]) == 0
    assert "schema.json is another file" in capsys.readouterr().err
    assert (empty / "schema.json").read_text() == "mine\n"


def test_standard_output_gets_the_file_alone(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "dc1", *RACKS, "-o", "-"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["config"]["metallb:bgp"]["myAsn"] == 64512
    assert list(empty.iterdir()) == []


def test_on_a_terminal_it_asks_for_what_is_missing(
    empty: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["static", "dc1", "a=n1", "b=n2", "", "a=10.1.0.1@64601", "b=10.2.0.1@64601", ""]
    answers += ["", "public=203.0.113.0/28", "", "kube-dc1"]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(answers) + "\n"))
    assert main(["new"]) == 0
    assert "AS number of the nodes (ASN) [64512]: " in capsys.readouterr().err
    config = yaml.safe_load((empty / "Pulumi.dc1.yaml").read_text())["config"]
    assert [rack["name"] for rack in config["metallb:platform"]["racks"]] == ["a", "b"]
    assert config["metallb:kubernetes"]["context"] == "kube-dc1"


def test_a_terminal_that_is_closed_ends_it(
    empty: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("static\n"))
    assert main(["new"]) == 2
    assert "error[E208]: name is missing" in capsys.readouterr().err
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["dc1"], "error[E208]: --platform is missing"),
        (["dc1", "--platform", "sattic"], "error[E202]: platform 'sattic' is not installed"),
        (["dc1", "--platform", "static"], "error[E208]: --rack is missing"),
        (["../dc1", *RACKS], "error[E202]: '../dc1' can't be the name of a stack"),
        (["dc1", *RACKS, "--rack", "c"], "error[E202]: 'c' is not of the form RACK=NODE,NODE"),
        (["dc1", *RACKS, "--router", "x=10.1.0.1"], "error[E202]: there is no rack 'x'"),
        (["dc1", *RACKS, "--router", "a=10.1.0.9@x"], "'x' is not a whole number"),
        (["dc1", *RACKS, "--router", "a=10.1.0.9"], "router '10.1.0.9' has no AS number"),
        (["dc1", *RACKS, "--router", "b=2001:db8::1@64602"], "error[N6]: IPv6 router 2001:db8::1"),
        (["dc1", *RACKS, "--pool", "p=10.0.0.1/24"], "error[A5]: "),
    ],
)
def test_a_mistake_writes_nothing(
    line: list[str], message: str, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", *line]) == 2
    assert message in capsys.readouterr().err
    assert list(empty.iterdir()) == []


def test_the_help_of_a_platform_has_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["new", "--help"])
    assert "--rack" not in capsys.readouterr().out
    for kind, platform in kinds().items():
        with pytest.raises(SystemExit):
            main(["new", f"--platform={kind}", "--help"])
        shown = capsys.readouterr().out
        assert all(f"--{each.name} " in shown for each in platform.new_options)
