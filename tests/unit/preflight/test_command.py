"""`check` as a person and as a CI system run it."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.stackfile.yaml_documents import parse_yaml_documents
from tests.support.yaml_text import dumped
from tests.unit.importing.samples import CONFIGMAP, RESOURCES
from tests.unit.preflight.build import rack
from tests.unit.stacks import CIPHERTEXT, static

SECRET = "N3verShownKey"


def write(folder: Path, sections: dict[str, Any], name: str = "Pulumi.test.yaml") -> Path:
    path = folder / name
    config = {f"metallb:{key}": value for key, value in sections.items()}
    path.write_text(dumped({"config": config}, sort_keys=False), encoding="utf-8")
    return path


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["check", *arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_stack_is_passed_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(capsys, str(write(tmp_path, static()))) == (0, [])


def test_an_error_exits_with_2_and_points_at_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, static(bgp={"holdTime": "1s"}))
    code, (finding,) = checked(capsys, str(path))
    assert code == 2
    assert (finding["id"], finding["where"]) == ("P6", "metallb:bgp.holdTime")
    assert (finding["file"], finding["line"]) == (str(path), line_of(path, "holdTime"))


def test_a_warning_exits_with_0_unless_it_is_to_be_strict(tmp_path: Path) -> None:
    path = str(write(tmp_path, static(bgp={"holdTime": None})))
    assert main(["check", path]) == 0
    assert main(["check", path, "--strict"]) == 2


def test_mistakes_of_form_are_findings_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, static(bgp={"holdTim": "3s", "pasword": SECRET}))
    code, findings = checked(capsys, str(path))
    assert code == 2
    assert [each["id"] for each in findings] == ["FORM", "FORM"]
    assert findings[0]["line"] == line_of(path, "holdTim:")
    assert SECRET not in json.dumps(findings)


ENCRYPTED = {"secure": CIPHERTEXT}


def only_its_form_is_checked(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is wrong, and a note says that rules were left out."""
    assert main(["check", str(path)]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{path}: only its form was checked" in shown.err


@pytest.mark.parametrize(
    "sections",
    [
        {**static(), "bgp": ENCRYPTED},
        static(platform=ENCRYPTED),
        static(bgp={"myAsn": ENCRYPTED}),
        static(platform={"kind": "static", "racks": [rack("a", {"hostname": ENCRYPTED})]}),
        static(addressPools={"public": {"addresses": [ENCRYPTED]}}),
        static(bgp={"communities": {"backup": ENCRYPTED}}),
    ],
    ids=["section", "platform", "number", "host name", "address", "community"],
)
def test_what_is_encrypted_is_no_mistake_and_a_note_says_that_its_rules_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sections: dict[str, Any]
) -> None:
    only_its_form_is_checked(write(tmp_path, sections), capsys)


def test_a_command_that_needs_what_is_encrypted_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = {"kind": "static", "racks": [rack("a", {"hostname": ENCRYPTED})]}
    path = write(tmp_path, {**static(platform=platform), "bgp": dict(ENCRYPTED)})
    assert main(["render", str(path), "--output", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr().err
    for place in ("metallb:platform.racks[0].nodes[0].hostname", "metallb:bgp"):
        assert any("error[E110]" in line and f"({place})" in line for line in shown.splitlines())


def test_a_configmap_is_checked_down_to_the_line_inside_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIGMAP.replace("hold-time: 9s", "hold-time: 500ms"), encoding="utf-8")
    code, findings = checked(capsys, str(path))
    errors = [each for each in findings if each["severity"] == "error"]
    assert (code, [each["id"] for each in errors]) == (2, ["P6"])
    assert errors[0]["line"] == line_of(path, "500ms")
    code, findings = checked(capsys, str(path), "--release", "0.16.2", "--max-prefixes", "10")
    assert {"V7", "M1", "P6"} <= {each["id"] for each in findings}


def test_custom_resources_are_checked_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "objects.yaml"
    path.write_text(
        RESOURCES.replace("peers: [tor1]", "peers: [tor9]").replace(
            "name: adv, namespace: metallb-system", "name: adv, namespace: default"
        ),
        encoding="utf-8",
    )
    code, findings = checked(capsys, str(tmp_path))
    assert code == 2
    by_id = {each["id"]: each for each in findings}
    assert by_id["B9"]["line"] == line_of(path, "tor9")
    assert by_id["B9"]["where"] == "BGPAdvertisement adv: spec.peers[0]"
    assert by_id["K1"]["line"] == line_of(path, "name: adv")
    assert by_id["B10"]["where"] == "IPAddressPool dark"


def test_sarif_names_rules_and_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, static(bgp={"holdTime": "1s"}))
    assert main(["check", str(path), "--format", "sarif"]) == 2
    log = json.loads(capsys.readouterr().out)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert result["ruleId"] in {each["id"] for each in run["tool"]["driver"]["rules"]}
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == path.as_uri()
    assert place["region"]["startLine"] == line_of(path, "holdTime")


@pytest.mark.parametrize("form", ["sarif", "github"])
@pytest.mark.parametrize("typed", ["absolute", "relative", "below"])
def test_a_review_gets_the_file_as_its_repository_calls_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    typed: str,
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "site one").mkdir()
    path = write(tmp_path / "site one", static(bgp={"holdTime": "1s"}))
    monkeypatch.chdir(tmp_path / "site one" if typed == "below" else tmp_path)
    given = {"absolute": path, "relative": path.relative_to(tmp_path), "below": Path(path.name)}
    assert main(["check", str(given[typed]), "--format", form]) == 2
    out = capsys.readouterr().out
    if form == "github":
        assert "file=site one/Pulumi.test.yaml," in out
    else:
        (found,) = json.loads(out)["runs"][0]["results"]
        physical = found["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"] == {"uri": "site%20one/Pulumi.test.yaml"}


def test_a_stack_by_name_is_a_file_of_the_repository(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "stacks"
    folder.mkdir()
    write(folder, static(bgp={"holdTime": "1s"}))
    monkeypatch.chdir(tmp_path)
    main(["check", "test", "--format", "github"])
    assert "file=stacks/Pulumi.test.yaml," in capsys.readouterr().out


def test_github_gets_one_annotation_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, static(bgp={"holdTime": "1s", "bfdProfile": "fast"}))
    assert main(["check", str(path), "--format", "github"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("::error file=") and ",line=" in line for line in lines)


def test_rules_are_explained_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "P6"]) == 0
    assert "Help: " in capsys.readouterr().out
    assert main(["check", "--explain", "p6"]) == 0
    assert capsys.readouterr().out.startswith("error[P6]: ")
    assert main(["check", "--explain", "P999"]) == 2
    assert "did you mean P9" in capsys.readouterr().err
    assert main(["check", "--explain", "P999"]) == 2
    assert main(["check", "--rules"]) == 0
    assert capsys.readouterr().out.startswith("# Rules")


@pytest.mark.parametrize("target", ["no-such-stack", "/no/such/file.yaml"])
def test_a_missing_target_is_a_problem(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, (finding,) = checked(capsys, target)
    assert (code, finding["id"]) == (2, "FORM")


def test_a_check_that_can_not_look_is_a_document_with_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, *_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr("metallb.actions.check.sniff", broken)
    code, (finding,) = checked(capsys, str(write(tmp_path, static())))
    assert (code, finding["severity"]) == (1, "error")
    assert finding["code"] == "E203"
    assert "input/output error" in finding["seen"]


def test_several_targets_are_checked_in_one_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write(tmp_path, static(bgp={"holdTime": "1s"}), "one.yaml")
    two = write(tmp_path, static(bgp={"holdTime": "2s"}), "two.yaml")
    _, findings = checked(capsys, str(one), str(two))
    assert [Path(each["file"]).name for each in findings] == ["one.yaml", "two.yaml"]


def test_a_stack_file_is_parsed_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parsed: list[str] = []

    def counted(text: str, **options: Any) -> list[Any]:
        parsed.append(options["where"])
        return parse_yaml_documents(text, **options)

    monkeypatch.setattr("metallb.stackfile.yaml_documents.parse_yaml_documents", counted)
    monkeypatch.setattr("metallb.importing.documents.parse_yaml_documents", counted)
    assert main(["check", "onprem"]) == 0
    assert len(parsed) == 1, parsed
    capsys.readouterr()
