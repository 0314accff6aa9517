"""What a person who installs the wheel gets: every command, in a folder that is no clone."""

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.engine import engine, missing_engine
from tests.support.paths import PROJECT_ROOT
from tests.wheel.conftest import Run, run

RACKS = (
    *("new", "dc1", "--platform", "static", "--context", "dc1"),
    *("--rack", "a=node-a1,node-a2", "--rack", "b=node-b1", "--rack", "c=node-c1"),
    *("--router", "a=10.1.0.1@64601", "--router", "b=10.2.0.1@64602"),
    *("--router", "c=10.3.0.1@64603", "--pool", "public=203.0.113.0/28"),
)
CONFIGMAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: metallb-system}
data:
  config: |
    peers:
    - {peer-address: 10.0.0.1, peer-asn: 64501, my-asn: 64500, hold-time: 9s}
    address-pools:
    - {name: default, protocol: bgp, addresses: [198.51.100.0/24]}
"""


def test_a_file_of_every_module_is_in_the_wheel_and_none_of_the_clone(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for path in (PROJECT_ROOT / "metallb").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert package <= names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "metallb",
        "metallb_bare_metal",
    }


def test_a_stack_from_nothing_to_manifests(metallb: Run, tmp_path: Path) -> None:
    for line in (RACKS, ("check", "dc1", "--strict"), ("plan", "dc1"), ("topology", "dc1")):
        done = metallb(*line)
        assert done.returncode == 0, done.stderr
    done = metallb("render", "dc1", "-o", "rendered")
    assert done.returncode == 0, done.stderr
    rendered = tmp_path / "empty" / "rendered"
    assert len(list(rendered.rglob("*bgppeer-*"))) == 3
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == [
        "Pulumi.dc1.yaml",
        "rendered",
        "schema.json",
    ]


def test_a_configmap_on_standard_input_becomes_a_stack_file(metallb: Run, tmp_path: Path) -> None:
    done = metallb("import", "-", "-o", "Pulumi.old.yaml", stdin=CONFIGMAP)
    assert done.returncode == 0, done.stderr
    checked = metallb(
        "check", "-", "--quiet", stdin=(tmp_path / "empty" / "Pulumi.old.yaml").read_text()
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_without_the_extra_the_cluster_is_not_read(metallb: Run) -> None:
    assert metallb(*RACKS).returncode == 0
    done = metallb("status", "dc1")
    assert done.returncode == 1
    assert "the package kubernetes is not installed" in done.stderr
    assert 'pip install "metallb-bare-metal[cluster]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_is_what_the_shell_reads(shell: str, metallb: Run, tmp_path: Path) -> None:
    done = metallb("completion", shell)
    assert done.returncode == 0, done.stderr
    assert "with-secrets" in done.stdout
    if not shutil.which(shell):
        pytest.skip(f"NOT run: no {shell} on this machine to read its completion")
    path = tmp_path / "completion"
    path.write_text(done.stdout)
    read = run([shell, "-n", str(path)])
    assert (read.returncode, read.stderr) == (0, "")


def test_an_update_runs_without_a_project(metallb: Run, tmp_path: Path) -> None:
    if missing_engine():
        pytest.skip(f"NOT run: {missing_engine()}")
    done = metallb(*RACKS)
    path = tmp_path / "empty" / "Pulumi.dc1.yaml"
    path.write_text(path.read_text().replace("{context: dc1}", "{renderTo: build/dc1}"))
    (tmp_path / "empty" / "state").mkdir()
    environment = {
        **engine().environment,
        "PATH": f"{Path(done.args[0]).parent}:{engine().environment['PATH']}",
        "PULUMI_BACKEND_URL": "file://./state",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    done = metallb("up", "dc1", "--yes", "--format", "json", "--quiet", **environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"] == "succeeded"
    assert list((tmp_path / "empty" / "build" / "dc1").rglob("*bgppeer*"))
    done = metallb("outputs", "dc1", "--format", "json", "--quiet", **environment)
    assert json.loads(done.stdout)["outputs"]


def test_as_a_tool_of_uv(wheel: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(PROJECT_ROOT / "build" / "lock" / "bin" / "uv")
    if not Path(uv).exists():
        pytest.skip("NOT run: no uv on PATH or in build/lock (make lock)")
    environment = {
        **os.environ,
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
    }
    done = run([uv, "tool", "install", "--quiet", str(wheel)], env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for line in (
        [str(tmp_path / "bin" / "metallb")],
        [uv, "tool", "run", "--from", str(wheel), "metallb"],
    ):
        done = run([*line, "--version"], env=environment, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == wheel.name.split("-")[1]
