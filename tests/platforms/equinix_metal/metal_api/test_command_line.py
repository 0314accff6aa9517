"""`python -m lab.metal_api`, as a person and `make up` use it."""

import itertools
import json
import shlex
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.metal_api.__main__ import main
from lab.metal_api.daemon import start_time
from tests.platforms.equinix_metal.metal_api.conftest import API
from tests.support.paths import PROJECT_ROOT as ROOT


class Command:
    """Runs one command in this process; answers what it printed to either stream."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        try:
            ended = main(words)
        except SystemExit as exc:
            ended = int(exc.code or 0)
        output = self._capsys.readouterr()
        assert ended == code, output
        return output.out + output.err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line."""
    return Command(capsys)


@pytest.fixture
def folder(tmp_path: Path, run: Command) -> Iterator[Path]:
    """A state folder whose emulation is stopped in the end."""
    yield tmp_path / "metal"
    run("stop", "--state-dir", str(tmp_path / "metal"))


def _environment(run: Command, folder: Path) -> dict[str, str]:
    lines = run("env", "--state-dir", str(folder)).splitlines()
    words = [shlex.split(line) for line in lines]
    assert {one[0] for one in words} == {"export"}
    return dict(one[1].split("=", 1) for one in words)


def test_start_env_calls_fault_and_stop_work_together(run: Command, folder: Path) -> None:
    where = ("--state-dir", str(folder))
    assert "running" in run("start", "--seed", "demo", *where)
    assert "already running" in run("start", "--seed", "demo", *where)
    env = _environment(run, folder)
    assert set(env) == {"HTTPS_PROXY", "SSL_CERT_FILE", "NO_PROXY", "METAL_AUTH_TOKEN"}
    with httpx.Client(
        proxy=env["HTTPS_PROXY"],
        verify=ssl.create_default_context(cafile=env["SSL_CERT_FILE"]),
        headers={"X-Auth-Token": env["METAL_AUTH_TOKEN"]},
        trust_env=False,
    ) as client:
        assert client.get(f"{API}/projects").status_code == 200
        run("fault", "add", "status", "--status", "503", "--path", "/projects", *where)
        assert client.get(f"{API}/projects").status_code == 503
        run("fault", "add", "status", "--times", "9", *where)
        run("fault", "clear", *where)
        assert client.get(f"{API}/projects").status_code == 200
    counted = run("calls", "--reset", *where).splitlines()
    assert [line.split() for line in counted] == [["call", "count"], ["GET", "/projects", "3"]]
    assert len(run("calls", *where).splitlines()) == 1
    assert "hostname=worker-0" in run("inventory", *where)
    assert "stopped" in run("stop", *where)
    assert "not running" in run("status", *where, code=3)
    # Between a stop and a start another program may get one of the ports, but not every time.
    environments = [env]
    for _ in range(3):
        run("start", *where)
        environments.append(_environment(run, folder))
        run("stop", *where)
    assert any(one == following for one, following in itertools.pairwise(environments))


def test_a_reused_process_id_is_left_alone(run: Command, folder: Path) -> None:
    folder.mkdir()
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        record = {"pid": other.pid, "started": "1", "seed": "demo", "ports": {}}
        (folder / "daemon.json").write_text(json.dumps(record))
        assert "was not running" in run("stop", "--state-dir", str(folder))
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_mistake_is_a_problem_with_its_code_and_help(
    run: Command, folder: Path, tmp_path: Path
) -> None:
    where = ("--state-dir", str(folder))
    assert f"error[E801]: no emulation serves {folder}" in run("env", *where, code=1)
    assert "python -m lab.metal_api start" in run("calls", *where, code=1)
    assert "shipped seed (demo" in run("start", "--seed", "nonesuch", *where, code=1)
    assert run("stop", *where) == "was not running\n"
    folder.mkdir(exist_ok=True)
    (folder / "cloud.json").write_text("{")
    output = run("start", *where, code=1)
    assert "error[E801]: the emulation" in output
    assert "daemon.log" in output
    log = (folder / "daemon.log").read_text()
    assert f"error[E801]: {folder / 'cloud.json'}" in log
    assert "remove the file to start again" in log
    assert "Traceback" not in output + log
    (folder / "cloud.json").unlink()
    run("start", *where)
    output = run("fault", "add", "delay", "--seconds", "99", *where, code=1)
    assert "error[E105]: a value of the fault rule is greater than 60 (seconds)" in output


def test_a_second_seed_for_a_running_folder_is_refused(
    run: Command, folder: Path, tmp_path: Path
) -> None:
    demo = ROOT / "lab" / "metal_api" / "seeds" / "demo.yaml"
    other = tmp_path / "other.yaml"
    other.write_text(demo.read_text().replace("name: demo", "name: other", 1))
    run("start", "--state-dir", str(folder))
    output = run("start", "--seed", str(other), "--state-dir", str(folder), code=1)
    assert "runs with seed demo, and not other" in output


def test_the_daemon_outlives_its_starter_and_ends_by_command(run: Command, folder: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "lab.metal_api", "start", "--state-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "running, process " in started.stdout
    pid = json.loads((folder / "daemon.json").read_text())["pid"]
    assert start_time(pid)
    run("stop", "--state-dir", str(folder))
    assert start_time(pid) is None
