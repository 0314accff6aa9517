"""`make up` and `make down` of a stack whose cloud is emulated."""

from pathlib import Path

import yaml

from tests.program.test_make_up import Runs, runs
from tests.support.paths import PROJECT_ROOT, STACKS

__all__ = ["runs"]


def test_the_emulated_cloud_is_started_before_and_stopped_after_its_stack(runs: Runs) -> None:
    assert runs.make("up", "demo") == 0
    assert runs.make("down", "demo") == 0
    assert [words[:2] for words in runs.commands] == [
        ["lab.metal_api", "start"],
        ["metallb", "up"],
        ["lab.metal_api", "start"],
        ["metallb", "destroy"],
        ["lab.metal_api", "stop"],
    ]
    assert runs.environments[1]["TOKEN"] == "of the emulation"


def test_without_a_cli_it_renders_beside_what_an_engine_wrote(runs: Runs) -> None:
    runs.cli(None)
    assert runs.make("up", "demo") == 0
    ((*_, folder),) = runs.commands
    written = yaml.safe_load((STACKS / "Pulumi.demo.yaml").read_text())["config"]
    assert Path(folder) != PROJECT_ROOT / written["metallb:kubernetes"]["renderTo"]
