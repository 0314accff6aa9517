"""A path that can't be there is a problem of its own."""

import json
from pathlib import Path

import pytest

from metallb.cli import main
from tests.support.paths import STACKS
from tests.unit.command_line.test_command_line_paths import LONG, source

__all__ = ["source"]

DEMO = str(STACKS / "Pulumi.demo.yaml")


@pytest.mark.parametrize("name", [f"{LONG}.yaml", "config.yaml/answers.yaml"])
def test_an_answers_file_that_can_not_be_there(
    name: str, source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del source
    path = str(tmp_path / name)
    assert main(["check", DEMO, "--answers", path, "--format", "json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["file"], problem["code"]) == (path, "E401")
    assert path in problem["seen"]
