"""Rendering a stack whose facts were looked up."""

from pathlib import Path

import pytest

from lab.platforms.equinix_metal.snapshot import text_of
from metallb.problems.errors import SnapshotError
from metallb.render import render
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file
from tests.support.paths import STACKS
from tests.unit.render.test_render import run


def test_without_answers_it_says_what_it_could_not_look_up_and_what_the_file_holds(
    tmp_path: Path,
) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text((STACKS / "Pulumi.demo.yaml").read_text())
    with pytest.raises(SnapshotError) as caught:
        render(stack, tmp_path / "out")
    shown = str(caught.value)
    for part in (
        "x.snapshot.yaml",
        "device worker-0",
        "device worker-1",
        "block default",
    ):
        assert part in shown
    assert not (tmp_path / "out").exists()


def test_an_answer_that_is_missing_is_named(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text((STACKS / "Pulumi.demo.yaml").read_text().replace("worker-1", "worker-7"))
    (tmp_path / "x.snapshot.yaml").write_text((STACKS / "demo.snapshot.yaml").read_text())
    with pytest.raises(SnapshotError, match="no facts of device worker-7"):
        render(stack, tmp_path / "out")


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_the_shipped_snapshots_are_what_the_emulated_api_has(stack: str) -> None:
    path = STACKS / f"Pulumi.{stack}.yaml"
    sections = read_stack_file(path).sections
    command = f"python -m lab.platforms.equinix_metal.snapshot {stack} --seed demo"
    expected = text_of(stack_config(sections, source=stack), "demo", command)
    assert (STACKS / f"{stack}.snapshot.yaml").read_text() == expected


def test_answers_that_say_nothing_of_the_project_are_enough(tmp_path: Path) -> None:
    answers = tmp_path / "silent.yaml"
    recorded = (STACKS / "demo.snapshot.yaml").read_text()
    answers.write_text(recorded.replace("bgpEnabled: true\n", ""))
    assert render(STACKS / "Pulumi.demo.yaml", tmp_path / "out", answers).files


def test_an_answer_that_breaks_a_rule_ends_with_code_2_and_writes_nothing(tmp_path: Path) -> None:
    answers = tmp_path / "off.yaml"
    recorded = (STACKS / "demo.snapshot.yaml").read_text()
    answers.write_text(recorded.replace("bgpEnabled: true", "bgpEnabled: false"))
    done = run("render", "demo", "-o", str(tmp_path / "out"), "--answers", str(answers))
    assert done.returncode == 2, done.stderr
    assert "BGP is not enabled" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
