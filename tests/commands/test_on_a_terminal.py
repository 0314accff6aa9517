"""`up` as a person sees it: on a terminal, with the engine."""

import json
import os
import pty
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import Project
from tests.updates.harness import small

SECONDS = 240.0
CTRL_C = "\x03"


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, project: Project, *args: str) -> None:
        self.shown = ""
        self._read = 0
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(project.folder)
            words = [sys.executable, "-m", "metallb", *args]
            os.execvpe(words[0], words, {**project.env, "TERM": "xterm", "COLUMNS": "300"})  # noqa: S606

    def see(self, pattern: str) -> str:
        """Wait until something is shown, after what was seen before; the match."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = re.search(pattern, self.shown[self._read :])
            if found:
                self._read += found.end()
                return found[0]
            if not self._more():
                break
        raise AssertionError(f"no {pattern} in: {self.shown}")

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def end(self) -> int:
        """The exit code."""
        end = time.monotonic() + SECONDS
        while self._more() and time.monotonic() < end:
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self._terminal)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End what a test that failed left running."""
        if self.pid:
            os.kill(self.pid, signal.SIGINT)
            self.end()

    def _more(self) -> bool:
        if not select.select([self._terminal], [], [], 1.0)[0]:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode(errors="replace"))
        return bool(data)


@pytest.fixture
def silent_cluster(tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig of an API server that takes calls and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "silent",
            "contexts": [{"name": "silent", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [
                {
                    "name": "c",
                    "cluster": {"server": f"http://127.0.0.1:{server.getsockname()[1]}"},
                }
            ],
            "users": [{"name": "u", "user": {"token": "x"}}],
        }
        path = tmp_path / "kubeconfig.json"
        path.write_text(json.dumps(config))
        yield path


def test_changes_are_shown_and_made_after_a_yes(project: Project) -> None:
    terminal = Terminal(project, "up", "demo")
    try:
        terminal.see(r"\+ IPAddressPool routing-ipaddresspool-")
        terminal.see(r"preview demo: succeeded, \d+ to create")
        terminal.see(r"Update demo\? \(yes, no, details\): ")
        terminal.type("details\n")
        terminal.see(r"Update demo\? \(yes, no, details\): ")
        terminal.type("no\n")
        assert terminal.end() == 2
        assert "up demo was not confirmed" in terminal.shown
    finally:
        terminal.close()
    again = Terminal(project, "up", "demo")
    try:
        again.see(r"details\): ")
        again.type("yes\n")
        again.see(r"up demo, \d+ of \d+ done")
        again.see(r"create  IPAddressPool routing-ipaddresspool-")
        again.see(r"up demo: succeeded, \d+ created")
        assert again.end() == 0
    finally:
        again.close()


def test_an_interrupt_of_a_preview_changes_nothing_and_shows_that(
    project: Project, silent_cluster: Path
) -> None:
    target = {"kubeconfig": str(silent_cluster), "context": "silent"}
    project.write("far", {**small(), "kubernetes": target})
    terminal = Terminal(project, "up", "far")
    try:
        terminal.see(r"Provider kubernetes \(\d+ s\)")
        terminal.type(CTRL_C)
        terminal.see("interrupted: stopping; a second Ctrl-C stops at once")
        terminal.type(CTRL_C)
        terminal.see("interrupted again: stopping at once")
        terminal.see("up far: cancelled, no change")
        assert terminal.end() == 130
        assert "error" not in terminal.shown
    finally:
        terminal.close()


def test_an_interrupt_of_an_update_waits_for_what_has_begun(
    project: Project, silent_cluster: Path
) -> None:
    target = {"kubeconfig": str(silent_cluster), "context": "silent"}
    project.write("far", {**small(), "kubernetes": target})
    terminal = Terminal(project, "up", "far", "--yes", "--skip-preview")
    try:
        terminal.see(r"up far, \d+ done\s+Provider kubernetes")
        terminal.type(CTRL_C)
        terminal.see("interrupted: waiting for the changes that have begun; a second Ctrl-C stops")
        terminal.type(CTRL_C)
        terminal.see("up far: cancelled")
        assert terminal.end() == 130
    finally:
        terminal.close()
    # The state can be read and used again: no lock is left.
    assert project.report("outputs", "far")["result"] == "succeeded"
