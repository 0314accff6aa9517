"""The scenarios of the command line hold for this version, run in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.scenario import Scenario, ScenarioError, read, run, scenarios
from tests.support.commands import ended
from tests.support.forking import Forking
from tests.support.paths import PROJECT_ROOT

HELD = [each for each in map(read, scenarios()) if each.holds_for(2)]


@pytest.fixture(scope="module", autouse=True)
def of_shells() -> Iterator[None]:
    """What a shell starts is forked."""
    forking = Forking()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METALLB", forking.command)
        yield
    forking.end()


@pytest.mark.parametrize("scenario", HELD, ids=lambda each: each.name)
def test_scenario(scenario: Scenario, tmp_path: Path) -> None:
    assert run(scenario, tmp_path, ended)


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
        run(read(tmp_path / "one.txt"), folder, ended)
