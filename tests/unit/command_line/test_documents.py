"""Documents of commands: each has the form of its schema, also where the command fails."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from metallb.cli import main
from metallb.runner.report import RunReport
from metallb.status.model import Health, Status
from tests.support.paths import PROJECT_ROOT, STACKS

ONPREM = STACKS / "Pulumi.onprem.yaml"
SCHEMAS = PROJECT_ROOT / "docs" / "schemas"
DOCUMENTS = {
    "check onprem": "problems",
    "check bad nosuch": "problems",
    "routers onprem --check nosuch.txt": "problems",
    "plan onprem": "plan",
    "impact onprem --against other": "impact",
    "impact onprem --against nosuch": "impact",
    "impact nosuch": "impact",
    "whatif onprem": "failures",
    "whatif onprem --pairs": "failures",
    "whatif nosuch": "failures",
    "whatif onprem --fail nosuch": "failures",
    "render onprem --check -o rendered": "differences",
    "render nosuch --check -o rendered": "differences",
    "render onprem --diff-cluster --context nosuch": "differences",
    "status nosuch": "status",
    "outputs nosuch": "run",
    "preview nosuch": "run",
    "up nosuch": "run",
    "destroy nosuch": "run",
    "refresh nosuch": "run",
}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}-1.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack, the same with a node less, one with a warning and an error, and an empty folder."""
    text = ONPREM.read_text(encoding="utf-8")
    others = {
        "onprem": text,
        "other": text.replace("[node-a1, node-a2]", "[node-a1]"),
        "bad": text.replace("9s", "1s").replace("context: onprem", ""),
    }
    for name, each in others.items():
        (tmp_path / f"Pulumi.{name}.yaml").write_text(each)
    (tmp_path / "rendered").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    return tmp_path


@pytest.mark.usefixtures("stacks")
@pytest.mark.parametrize("line", DOCUMENTS)
def test_a_document_has_the_form_of_its_schema(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*line.split(), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema(DOCUMENTS[line]))
    if isinstance(document, dict) and "error" in document:
        assert document["format"] == 1
        assert (document["error"] is not None) == ("nosuch" in line)
        assert not document["error"] or document["error"]["exitCode"] == code


def test_every_schema_has_a_document() -> None:
    names = {path.name.removesuffix("-1.json") for path in SCHEMAS.glob("*.json")}
    assert names == set(DOCUMENTS.values())


def test_what_is_not_known_of_a_place_is_null_in_a_check(
    stacks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del stacks
    main(["check", "bad", "nosuch", "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert {each["file"] is None for each in found} == {True, False}


@pytest.mark.usefixtures("stacks")
def test_json_has_a_former_name(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--format", "json"], ["--json"]):
        assert main(["plan", "onprem", *words]) == 0
        assert json.loads(capsys.readouterr().out)["version"] == 1


def test_a_schema_refuses_another_document() -> None:
    status = Status(stack="x", health=Health.UNKNOWN).model_dump(mode="json", by_alias=True)
    report = RunReport(command="up", stack="x").model_dump(mode="json", by_alias=True)
    for name, document in (("status", status), ("run", report)):
        jsonschema.validate(document, schema(name))
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "unknown": 1}, schema(name))


def test_a_folder_that_is_stale_is_shown_where_its_reader_looks(
    stacks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "onprem", "-o", "rendered"]) == 0
    (peer,) = (stacks / "rendered").rglob("*bgppeer-rack-a-tor-1.yaml")
    peer.write_text(peer.read_text().replace("holdTime: 9s", "holdTime: 90s"))
    name = peer.relative_to(stacks / "rendered").as_posix()
    capsys.readouterr()
    line = ["render", "onprem", "-o", "rendered", "--check", "--format"]
    assert main([*line, "json"]) == 3
    (found,) = json.loads(capsys.readouterr().out)["differences"]
    assert (found["what"], found["file"]) == ("content", name)
    assert "-  holdTime: 90s" in found["diff"]
    assert main([*line, "github"]) == 3
    assert f"file=rendered/{name},title=MetalLB E211::" in capsys.readouterr().out
    assert main([*line, "sarif"]) == 3
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["ruleId"] == "E211"
    assert main([*line, "markdown"]) == 3
    shown = capsys.readouterr().out
    assert shown.startswith("### MetalLB: `rendered` is not `what onprem renders`")
    assert "```diff" in shown
    assert main(["render", "onprem", "-o", "rendered", "--format", "json"]) == 2
    assert "--format json has no use without --check" in capsys.readouterr().err


@pytest.mark.usefixtures("stacks")
def test_findings_of_a_preview_are_annotations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "bad", "--format", "github"]) == 2
    shown = capsys.readouterr().out.splitlines()
    assert sorted(each.partition(" ")[0] for each in shown) == ["::error", "::warning"]
    assert main(["preview", "bad", "--format", "sarif"]) == 2
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert {each["ruleId"] for each in results} == {"P6", "X4"}
    assert main(["preview", "nosuch", "--format", "github"]) == 2
    assert capsys.readouterr().out.startswith("::error title=MetalLB E201::no stack or file")


@pytest.mark.usefixtures("stacks")
@pytest.mark.parametrize(
    ("line", "code", "head", "has"),
    [
        ("check nosuch", 2, "### MetalLB: 1 error, 0 warnings", "| error | E201 |"),
        ("check onprem", 0, "### MetalLB: 0 errors, 0 warnings", ""),
        ("whatif onprem", 0, "| what fails | sessions |", "| `rack "),
        ("status nosuch", 2, "### MetalLB `nosuch`: unknown", "no stack or file"),
        ("impact onprem --against other", 0, "**sessions that redial: ", "`rack-a-tor-1`"),
        ("preview nosuch", 2, "<!-- metallb preview nosuch -->", "no stack or file"),
    ],
)
def test_markdown_is_for_comments(
    line: str, code: int, head: str, has: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*line.split(), "--format", "markdown"]) == code
    shown = capsys.readouterr().out
    assert shown.startswith(head)
    assert has in shown
