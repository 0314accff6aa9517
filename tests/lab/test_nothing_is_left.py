"""`down` leaves nothing behind, whatever became of the command that started the lab."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import net
from lab.errors import LabError
from lab.paths import ROOT, RUN
from lab.record import Process, Record, start_time
from lab.site import Lab
from lab.spawn import spawn, wait_until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("machine")]

NAME = "gone"


@pytest.fixture(autouse=True)
def nothing_before_and_after() -> Iterator[None]:
    Lab(NAME).down()
    yield
    Lab(NAME).down()


def _traces() -> list[str]:
    """Everything that a lab of our name can leave on the machine."""
    found = [f"namespace {p.name}" for p in Path("/run/netns").glob(f"mlb-{NAME}-*")]
    found += [f"link {p.name}" for p in Path("/sys/class/net").glob(f"mlb-{NAME}*")]
    found += [f"folder {RUN / NAME}"] if (RUN / NAME).exists() else []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"/run/{NAME}/" in command:
            found.append(f"process {folder.name} {command[:80]}")
    return found


def _up() -> subprocess.Popen[bytes]:
    started = subprocess.Popen(
        [sys.executable, "-m", "lab", "--name", NAME, "up"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    record = RUN / NAME / "record.json"
    wait_until(
        "the API server of a lab that comes up",
        lambda: Record.load(record).find("kube-apiserver"),
    )
    return started


def test_a_lab_that_is_interrupted_while_it_comes_up_cleans_up_itself() -> None:
    started = _up()
    assert _traces(), "nothing had been started, so nothing is shown"
    started.send_signal(signal.SIGINT)
    output, _ = started.communicate(timeout=120)
    assert started.returncode == 130, output.decode()
    assert _traces() == []


def test_a_lab_whose_command_was_killed_is_taken_away_by_down() -> None:
    started = _up()
    started.kill()
    started.communicate(timeout=60)
    assert any(trace.startswith("process") for trace in _traces())
    done = subprocess.run([sys.executable, "-m", "lab", "--name", NAME, "down"], cwd=ROOT)
    assert done.returncode == 0
    assert _traces() == []


def test_down_twice_and_down_without_a_lab_are_no_errors() -> None:
    for _ in range(2):
        command = [sys.executable, "-m", "lab", "--name", NAME, "down"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0
        assert "nothing runs" in done.stdout


def test_a_process_that_only_has_the_number_of_one_of_ours_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        started = start_time(stranger.pid)
        assert started is not None
        record = Record(tmp_path / "record.json")
        record.processes.append(Process("speaker", stranger.pid, started - 1))
        record.save()
        Record.load(tmp_path / "record.json").clean()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_without_an_entry_dies_with_its_namespace(tmp_path: Path) -> None:
    """A crash can come between the start of a process and the line in the record."""
    record = Record(tmp_path / "record.json")
    record.add_namespace(f"mlb-{NAME}-x")
    process = spawn(
        record, "sleep", ["sleep", "600"], ns=f"mlb-{NAME}-x", log=tmp_path / "sleep.log"
    )
    wait_until("it runs there", lambda: process.pid in net.pids(f"mlb-{NAME}-x"))
    record.processes.clear()
    record.clean()
    assert not process.alive()
    assert _traces() == []


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.json")
    record.add_namespace(f"mlb-{NAME}-x")
    stubborn = "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); "
    log = tmp_path / "log"
    command = [sys.executable, "-c", stubborn + "time.sleep(600)"]
    process = spawn(record, "stubborn", command, ns=f"mlb-{NAME}-x", log=log)
    wait_until("it ignores SIGTERM", lambda: log.exists() and log.read_text())
    record.clean()
    assert not process.alive()


def test_an_empty_namespace_of_another_checkout_is_replaced(tmp_path: Path) -> None:
    net.add_namespace(f"mlb-{NAME}-x")
    record = Record(tmp_path / "record.json")
    record.add_namespace(f"mlb-{NAME}-x")
    record.clean()
    assert _traces() == []


def test_a_namespace_in_which_programs_of_another_lab_run_is_left_alone(tmp_path: Path) -> None:
    theirs = Record(tmp_path / "theirs.json")
    theirs.add_namespace(f"mlb-{NAME}-x")
    log = tmp_path / "log"
    process = spawn(theirs, "sleep", ["sleep", "600"], ns=f"mlb-{NAME}-x", log=log)
    wait_until("it runs there", lambda: process.pid in net.pids(f"mlb-{NAME}-x"))
    ours = Record(tmp_path / "ours.json")
    with pytest.raises(LabError, match=f"programs run in network namespace mlb-{NAME}-x"):
        ours.add_namespace(f"mlb-{NAME}-x")
    ours.clean()
    assert process.alive()
    theirs.clean()
