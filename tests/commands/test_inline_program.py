"""What holds because the program runs in the command's own process, or in spite of it."""

import json
import shutil
import subprocess
import sys

import yaml

from tests.updates.harness import package, small


def test_a_folder_without_a_layout_is_a_project(project, tmp_path):
    """As of an installed package: no Pulumi.yaml, no folder of stack files, no environment."""
    site = tmp_path / "site-packages"
    shutil.copytree(package(), site / "metallb")
    folder = tmp_path / "elsewhere"
    (folder / "state").mkdir(parents=True)
    path = folder / "Pulumi.edge.yaml"
    sections = {f"metallb:{key}": value for key, value in small(nodes=1).items()}
    path.write_text(yaml.safe_dump({"config": sections}))
    committed = path.read_bytes()

    def run(*args: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "metallb", *args],
            cwd=folder,
            env={**project.env, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done

    run("up", path.name, "--yes", "--skip-preview")
    # Paths of the stack file are meant from where the command runs.
    assert list((folder / "build" / "demo").rglob("*.yaml"))
    assert run("preview", path.name, "--expect-no-changes").returncode == 0
    document = json.loads(run("outputs", path.name, "--json").stdout)
    assert document["outputs"]["namespace"] == "metallb-system"
    run("destroy", path.name, "--yes", "--skip-preview")
    assert path.read_bytes() == committed
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "Pulumi.edge.yaml",
        "build",
        "state",
    ]
