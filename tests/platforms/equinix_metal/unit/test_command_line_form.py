"""An option without a use for this platform's files is refused."""

from pathlib import Path

import pytest

from tests.support.paths import STACKS
from tests.unit.command_line.test_command_line_form import files as other_files
from tests.unit.command_line.test_command_line_form import (
    test_an_option_without_a_use_is_refused as is_refused,
)

__all__ = ["other_files"]

DEMO = str(STACKS / "Pulumi.demo.yaml")
LOKOMOTIVE = """\
cluster "packet" {
  cluster_name = "x"
}
component "metallb" {
  address_pools = {
    default = ["203.0.113.0/28"]
  }
}
"""


@pytest.fixture
def files(other_files: Path) -> Path:
    (other_files / "cluster.lokocfg").write_text(LOKOMOTIVE)
    return other_files


@pytest.mark.parametrize(
    ("option", "before"),
    [
        ("--snapshot", ["check", DEMO, DEMO]),
        ("--snapshot", ["check", DEMO, "configmap.yaml"]),
        ("--snapshot", ["check", "cluster.lokocfg"]),
        ("--explain", ["check", DEMO]),
        ("--rules", ["check", DEMO]),
        ("--release", ["check", DEMO]),
        ("--release", ["check", "configmap.yaml", DEMO]),
        ("--mode", ["check", DEMO]),
        ("--mode", ["check", "cluster.lokocfg"]),
        ("--mode", ["import", "cluster.lokocfg"]),
        ("--max-prefixes", ["check", DEMO]),
        ("--max-prefixes", ["check", "cluster.lokocfg"]),
        ("--ecmp-limit", ["check", DEMO]),
        ("--ecmp-limit", ["check", "cluster.lokocfg"]),
        ("--force", ["import", "cluster.lokocfg"]),
        ("--all", ["status", DEMO, "--json"]),
        ("--check", ["routers", DEMO]),
        ("--router", ["routers", DEMO, "--dialect", "frr"]),
        ("--output", ["routers", DEMO, "--dialect", "frr"]),
        ("--nodes", ["routers", DEMO, "--dialect", "frr"]),
        ("--cluster", ["routers", DEMO, "--dialect", "frr"]),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(Path(word).name for word in each),
)
def test_an_option_without_a_use_is_refused(
    option: str, before: list[str], files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    is_refused(option, before, files, capsys)
