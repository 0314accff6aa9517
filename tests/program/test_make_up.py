"""`make up` tells a mistake of the stack file before it fetches a CLI or starts anything."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from metallb.config.paths import PROJECT_ROOT, STACKS, stack_name


def _make_up(stack: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The tool as `make up` calls it, with the programs of one folder."""
    return subprocess.run(
        [sys.executable, "-m", "tools.up", "up", stack],
        cwd=PROJECT_ROOT,
        env={"PATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def hasty() -> Iterator[Path]:
    """A stack whose hold time no speaker accepts: right in form, wrong by a rule."""
    document = yaml.safe_load((STACKS / "Pulumi.demo.yaml").read_text())
    document["config"]["metallb:bgp"]["holdTime"] = "2s"
    path = STACKS / "Pulumi.hasty-of-a-test.yaml"
    path.write_text(yaml.safe_dump(document))
    try:
        yield path
    finally:
        path.unlink()


def test_a_broken_rule_is_told_before_anything_is_started(hasty: Path, tmp_path: Path) -> None:
    done = _make_up(stack_name(hasty), tmp_path)
    assert done.returncode == 2
    assert done.stdout == "", "no CLI was looked for, nothing was rendered"
    assert "metallb:bgp.holdTime" in done.stderr


def test_a_stack_may_be_named_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "pulumi").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "pulumi").chmod(0o755)
    done = _make_up("stacks/Pulumi.onprem.yaml", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\nstack select --create onprem\n" in done.stdout


def test_a_file_that_the_cli_would_not_find_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "Pulumi.elsewhere.yaml"
    copy.write_text((STACKS / "Pulumi.demo.yaml").read_text())
    done = _make_up(str(copy), tmp_path)
    assert done.returncode == 2
    assert f"python -m metallb up {copy}" in done.stderr
