"""A mistake in the form of a file is shown with the place that an editor opens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from tests.support.paths import STACKS
from tests.unit.importing.samples import CONFIGMAP, RESOURCES

ONPREM = (STACKS / "Pulumi.onprem.yaml").read_text(encoding="utf-8")
# Where a case has to point at.
MARK = "here"


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    code = main(["check", *arguments, "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    main(["check", *arguments])
    return code, found, capsys.readouterr().out


CASES = {
    "tab in a stack file": ("Pulumi.x.yaml", "config:\n  metallb:bgp:\n\there: 1\n"),
    "repeated key": ("Pulumi.x.yaml", "config:\n  metallb:bgp: {}\n  metallb:bgp: {} # here\n"),
    "key of a stack file": ("Pulumi.x.yaml", ONPREM.replace("metallb:platform:", "metallb:here:")),
    "YAML in a ConfigMap": ("a.yaml", CONFIGMAP.replace("      hold-time: 9s", "    \there: 9s")),
    "key in a ConfigMap": ("a.yaml", CONFIGMAP.replace("hold-time: 9s", "here: 9s")),
    "value in a ConfigMap": ("a.yaml", CONFIGMAP.replace("peer-asn: 65531", "peer-asn: here")),
    "key of a resource": ("a.yaml", RESOURCES.replace("holdTime: 1m30s", "here: 1m30s")),
    "value in a list": (
        "a.yaml",
        RESOURCES.replace("{matchLabels: {rack: b}}]", "\n    {matchLabels: [here]}]"),
    ),
    "unknown kind": ("a.yaml", "---\napiVersion: metallb.io/v1\nkind: X\nmetadata: {name: here}\n"),
}
# What a whole object lacks is shown at its first line.
FIRST_LINE = {"unknown kind": "apiVersion: metallb.io/v1"}
# A parser ends before or behind what is wrong; what is no word is shown at its key, and a comment
# marks a line alone.
LINE_ALONE = (
    "repeated key",
    "tab in a stack file",
    "YAML in a ConfigMap",
    "value in a list",
)


def is_shown(
    name: str,
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    wanted: str = MARK,
    *,
    exact: bool = True,
) -> None:
    """The line, and the column where it is exact, of what a text marks is shown."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    sound = tmp_path / "sound.yaml"
    sound.write_text(CONFIGMAP, encoding="utf-8")
    code, found, shown = checked(capsys, str(sound), str(path))
    lines = text.splitlines()
    line = next(number for number, content in enumerate(lines, 1) if wanted in content)
    forms = [each for each in found if each["id"] == "FORM"]
    assert code == 2
    places = [(each["file"], each["line"], each["column"]) for each in forms]
    assert (str(path), line) in [place[:2] for place in places]
    if exact:
        column = re.search(rf"[\"']?(metallb:)?{re.escape(wanted)}", lines[line - 1])
        assert column is not None
        assert (str(path), line, column.start() + 1) in places
    assert re.search(rf"^{re.escape(str(path))}:{line}(:\d+)?: error\[E1\d\d\]: ", shown, re.M)
    assert all(str(path) not in each["where"] for each in forms)


@pytest.mark.parametrize("case", CASES)
def test_the_place_in_the_file_is_shown(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    is_shown(
        *CASES[case], tmp_path, capsys, FIRST_LINE.get(case, MARK), exact=case not in LINE_ALONE
    )


def test_a_mistake_in_a_folder_names_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(RESOURCES, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("kind: X\n\tapiVersion: y\n", encoding="utf-8")
    _, (finding,), _ = checked(capsys, str(tmp_path))
    assert (finding["file"], finding["line"]) == (str(tmp_path / "b.yaml"), 2)


def test_bytes_that_are_no_text_have_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_bytes(b'config:\n  a: "\xff"\n')
    _, (finding,), shown = checked(capsys, str(path))
    assert (finding["file"], finding["line"]) == (str(path), 2)
    assert shown.startswith(f"{path}:2")


def test_github_points_at_the_line_of_a_syntax_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("config:\n\tx: 1\n", encoding="utf-8")
    assert main(["check", str(path), "--format", "github"]) == 2
    assert f"file={path},line=2," in capsys.readouterr().out
