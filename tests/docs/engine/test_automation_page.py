"""The program on the page of the Automation API, on the engine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.blocks import blocks
from tests.support.engine import engine
from tools.docs.paths import ROOT

EXAMPLE = ROOT / "examples/automation.py"
CLUSTERS = ("dc1", "dc2")


class Program:
    """The page's program, run in a folder of its own with a state of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            **engine().environment,
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PYTHONPATH": str(ROOT),
        }

    def run(self, verb: str) -> dict[str, dict[str, int]]:
        """The counts of each cluster."""
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), verb, "written"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        lines = re.findall(rf"^{verb} (\S+): (.+)$", done.stdout, re.MULTILINE)
        return {cluster: yaml.safe_load(counts) for cluster, counts in lines}

    def peers(self, cluster: str) -> set[str]:
        """Addresses of the routers in the manifests."""
        documents = (
            yaml.safe_load(path.read_text())
            for path in (self.folder / "written" / cluster).rglob("*bgppeer*.yaml")
            if "customresourcedefinition" not in path.name
        )
        return {each["spec"]["peerAddress"] for each in documents}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("automation"))


def test_the_page_shows_the_example() -> None:
    (block,) = (each for each in blocks("python") if each.page.name == "automation.md")
    assert f"{block.text}\n" == EXAMPLE.read_text(encoding="utf-8")


def test_the_program_brings_each_cluster_up_and_down(program: Program) -> None:
    preview = program.run("preview")
    up = program.run("up")
    assert up.keys() == preview.keys() == set(CLUSTERS)
    assert all(list(counts) == ["create"] and counts["create"] > 30 for counts in up.values())
    assert {cluster: program.peers(cluster) for cluster in CLUSTERS} == {
        "dc1": {"10.1.0.1", "10.1.0.2"},
        "dc2": {"10.2.0.1"},
    }
    assert all(list(counts) == ["same"] for counts in program.run("up").values())
    assert all(list(counts) == ["delete"] for counts in program.run("destroy").values())
