"""`python -m lab` as a person uses it, with two racks whose routers share names."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lab import net
from lab.paths import ROOT
from lab.site import Lab
from lab.spawn import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("machine")]

NAME = "person"


def _lab(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab", "--name", NAME, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def shown(machine: None) -> Iterator[str]:
    """What `up` says of a lab of the onprem template; the lab is left running."""
    try:
        done = _lab("up", "--stack", "onprem")
        assert done.returncode == 0, done.stderr
        yield done.stdout
    finally:
        Lab(NAME).down()


def test_up_says_where_the_service_answers_and_it_does(shown: str) -> None:
    found = re.search(r"netns exec (\S+) curl (http://\S+)", shown)
    assert found is not None
    code = f"import urllib.request as u; print(u.urlopen('{found[2]}', timeout=30).read().decode())"
    answered = net.run([sys.executable, "-c", code], ns=found[1]).strip()
    assert answered in ("node-a1", "node-a2", "rack-b-node1", "rack-b-node2")


def test_status_shows_each_racks_sessions_with_its_own_routers(shown: str) -> None:
    wait_until("every session", lambda: _lab("status").stdout.count(": Established") == 8)
    lines = _lab("status").stdout.splitlines()
    sessions = [line.split(" session ")[1] for line in lines if " session " in line]
    assert len(sessions) == 8
    assert all(session.endswith(": Established") for session in sessions)
    assert all(("rack-a" in s) == ("node-a" in s) for s in sessions)
    assert not [line for line in lines if "DEAD" in line]


def test_the_line_for_status_works_and_states_once_what_keeps_it_from_the_metrics(
    shown: str,
) -> None:
    found = re.search(r"metallb (status .+)", shown)
    assert found is not None
    command = [str(ROOT / "bin/metallb"), *shlex.split(found[1])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    # This stack has no RBAC by which speakers could check a token; the lab's own has it.
    assert done.returncode == 4, done.stdout + done.stderr
    assert "sessions: 0 of 8 up, 8 unknown" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "can't be read (" in line]
    assert line.startswith("  unknown 8 sessions: its metrics can't be read (")
    (service,) = [line for line in done.stdout.splitlines() if "default/web" in line]
    assert "unknown" in service


def test_a_second_up_is_refused_and_harms_nothing(shown: str) -> None:
    before = _processes()
    done = _lab("up")
    assert done.returncode == 1
    assert "error[E801]: the lab person is running already" in done.stderr
    assert "Traceback" not in done.stderr
    assert _processes() == before
    wait_until("every session", lambda: _lab("status").stdout.count(": Established") == 8)


def _processes() -> list[str]:
    """What runs, by name and number."""
    found = [line for line in _lab("status").stdout.splitlines() if " runs " in line]
    assert len(found) > 8
    return found


def test_a_stack_that_does_not_exist_is_reported_in_one_line() -> None:
    done = _lab("up", "--stack", "no-such-stack")
    assert done.returncode == 2
    assert done.stderr.startswith("error[E201]: ")
