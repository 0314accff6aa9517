"""A mistake in the form of this platform's files is shown with the place that an editor opens."""

from pathlib import Path

import pytest

from tests.platforms.equinix_metal.unit.importing.samples import LOKOMOTIVE
from tests.support.paths import PROJECT_ROOT
from tests.unit.preflight.test_places_of_form import checked, is_shown

FROZEN = PROJECT_ROOT / "tests" / "platforms" / "equinix_metal" / "frozen" / "stacks"
ANSWERS = (FROZEN / "shipped-demo.answers.yaml").read_text(encoding="utf-8")
CASES = {
    "key of Lokomotive's block": (
        "a.lokocfg",
        LOKOMOTIVE.replace("service_monitor = true", "here = true"),
    ),
    "value of Lokomotive's block": (
        "a.lokocfg",
        LOKOMOTIVE.replace('["147.85.40.46/32", "', '["here", "'),
    ),
    "an expression": ("a.lokocfg", LOKOMOTIVE.replace('"1"', "var.here")),
    "syntax of Lokomotive's block": (
        "a.lokocfg",
        LOKOMOTIVE.replace("service_monitor = true", "here = = true"),
    ),
}
LINE_ALONE = ("an expression", "syntax of Lokomotive's block")


@pytest.mark.parametrize("case", CASES)
def test_the_place_in_the_file_is_shown(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    is_shown(*CASES[case], tmp_path, capsys, exact=case not in LINE_ALONE)


def test_mistakes_of_an_answers_file_are_shown_one_by_one_in_that_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    text = ANSWERS.replace("hostname: worker-1", "hostnam: worker-1")
    text = text.replace("state: active", "state: [active]", 1)
    path.write_text(text, encoding="utf-8")
    _, found, shown = checked(capsys, "demo", "--answers", str(path))
    line = text.splitlines().index("    hostnam: worker-1") + 1
    assert {each["file"] for each in found} == {str(path)}
    assert (found[-1]["where"], found[-1]["line"]) == ("devices.worker-1.hostnam", line)
    assert len(found) == 2
    assert " | " not in shown


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a: 1\na: 2\n"])
def test_yaml_errors_of_an_answers_file_are_mistakes_of_form(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    _, (finding,), _ = checked(capsys, "demo", "--answers", str(path))
    assert (finding["file"], finding["line"]) == (str(path), 2)


def test_an_answers_file_that_was_named_has_to_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "typo.yaml"
    code, (finding,), shown = checked(capsys, "demo", "--answers", str(missing))
    assert (code, finding["file"]) == (2, str(missing))
    assert "Pulumi.demo.yaml" not in shown
