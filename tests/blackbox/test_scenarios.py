"""The scenarios of the command line hold for this version, run in this process."""

import contextlib
import io
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from metallb.cli import main
from tests.blackbox.scenario import Scenario, ScenarioError, read, run, scenarios
from tests.support.paths import PROJECT_ROOT

HELD = [each for each in map(read, scenarios()) if each.holds_for(2)]


def here(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("scenario", HELD, ids=lambda each: each.name)
def test_scenario(scenario: Scenario, tmp_path: Path) -> None:
    assert run(scenario, tmp_path, here)


@pytest.mark.parametrize(
    "line",
    [
        "out: nowhere to be found",
        "no-any: 0 errors",
        "out~ ^.+$",
        "file: nothing",
        "no-file: a.yaml",
        "in a.yaml: nothing",
        "not-in a.yaml: config",
        "json: a.b = 1",
        "exit 3 $ metallb --version",
        "nonsense",
    ],
)
def test_a_line_that_does_not_hold_fails(line: str, tmp_path: Path) -> None:
    text = f"$ metallb check a.yaml\n{line}\n-- a.yaml --\n"
    stack = (PROJECT_ROOT / "stacks" / "Pulumi.onprem.yaml").read_text(encoding="utf-8")
    (tmp_path / "one.txt").write_text(text + stack, encoding="utf-8")
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(ScenarioError):
        run(read(tmp_path / "one.txt"), folder, here)
