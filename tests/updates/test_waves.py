"""`metallb up` in waves on the lab's cluster: real engine, API server, speakers and routers.

One story on one cluster, in order. A client asks the Service all the time, and each speaker's log
has when it closed and opened its sessions.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.hands import NAMESPACE
from lab.paths import ROOT
from lab.site import Lab
from lab.spawn import wait_until
from lab.tour import Tour
from tests.support.engine import language_host
from tests.updates.clusters import control_plane, established

pytestmark = pytest.mark.lab

NAMES = {"203.0.113.1": "tor1", "203.0.113.2": "tor2"}
KEY = "of-tor1-alone"
Sections = dict[str, Any]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A control plane of its own: another name than that of the tests beside it."""
    yield from control_plane("waves")


def edit(tour: Tour, change: Callable[[Sections], None]) -> None:
    """Change the stack file."""
    path = ROOT / tour.stack
    document = yaml.safe_load(path.read_text())
    change(document["config"])
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def up(tour: Tour, *patterns: str, code: int = 0) -> str:
    """`metallb up`, with what its output has to have."""
    line = f"metallb up {tour.stack} --yes --skip-preview"
    return tour.terminal.run(line, patterns=patterns, code=code)


def up_of_a_shell(tour: Tour, folder: Path, *patterns: str) -> str:
    """`pulumi up` in the project's folder, with which no runner has to do."""
    path = os.pathsep.join([*language_host(folder), "$PATH"])
    which = f"--stack rack1 --config-file {ROOT / tour.stack}"
    line = f"PATH={path} pulumi up --yes --skip-preview {which}"
    return tour.terminal.run(line, patterns=patterns)


def hold_times(tour: Tour) -> dict[str, str]:
    peers = tour.lab.api.list("metallb.io/v1beta2", "BGPPeer", NAMESPACE)
    return {peer["metadata"]["name"]: peer["spec"]["holdTime"] for peer in peers}


@dataclass
class Watch:
    """What was observed while an update ran.

    :ivar down: for each node, the routers that it had no session with, one entry a change.
    :ivar answered: for each request whether it had an answer.
    """

    down: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    answered: list[bool] = field(default_factory=list)

    @property
    def lost(self) -> set[frozenset[str]]:
        """What any node was without at any time."""
        return {each for changes in self.down.values() for each in changes}

    @property
    def reachable(self) -> bool:
        """Whether no two requests in a row had no answer: one may have been on its way."""
        return all(one or other for one, other in pairwise([*self.answered, True]))


@contextmanager
def watched(tour: Tour) -> Iterator[Watch]:
    """Ask the Service until the block ends, and read what speakers logged meanwhile.

    A speaker writes down what it does with each session in the order in which it does it.
    """
    seen = Watch()
    over = threading.Event()
    client, address = tour.lab.fabric.ns("client"), tour.address
    before = {host: len(tour.lab.speaker(host).log_text()) for host in tour.lab.fabric.hosts}

    def ask() -> None:
        command = ["ip", "netns", "exec", client, "curl", "-s", "--max-time", "3"]
        while not over.is_set():
            line = [*command, f"http://{address}/"]
            done = subprocess.run(line, capture_output=True, check=False)
            seen.answered.append(done.returncode == 0)
            over.wait(0.1)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
    for host, length in before.items():
        seen.down[host] = list(changes(tour.lab.speaker(host).log_text()[length:]))


def changes(log: str) -> Iterator[frozenset[str]]:
    """What a speaker has no session with, after each of its changes."""
    down: set[str] = set()
    for line in log.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        event, peer = entry.get("event"), NAMES.get(entry.get("peer"), "")
        if event in ("peerRemoved", "sessionDown"):
            down.add(peer)
        elif event == "sessionUp":
            down.discard(peer)
        else:
            continue
        yield frozenset(down)


@contextmanager
def slow(tour: Tour, router: str) -> Iterator[None]:
    """A router that answers no OPEN until its peer has changed, and a while longer."""
    process = next(p for p in tour.lab.record.processes if p.name == f"bird@{router}")
    before = hold_times(tour)[f"rack1-{router}"]

    def go_on() -> None:
        wait_until("the change", lambda: hold_times(tour)[f"rack1-{router}"] != before)
        time.sleep(4)
        os.kill(process.pid, signal.SIGCONT)

    os.kill(process.pid, signal.SIGSTOP)
    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_new_deployment_waits_for_nothing(tour: Tour, shown: list[str]) -> None:
    def waves(config: Sections) -> None:
        config["metallb:availability"] = {"maxSessionsDown": 1, "sessionTimeout": "25s"}
        config["metallb:bgp"]["holdTime"] = "30s"

    edit(tour, waves)
    tour.bring_metallb_up()
    tour.see_sessions()
    tour.serve()
    assert len(established(tour)) == 6
    assert not [line for line in shown if "wave 1" in line]


def test_two_routers_change_one_after_the_other_and_the_service_stays_reachable(
    tour: Tour,
) -> None:
    def slower(config: Sections) -> None:
        config["metallb:bgp"]["holdTime"] = "40s"

    edit(tour, slower)
    foreseen = ("changed in 2 waves", r"1: rack1-tor1 \(3 sessions", r"2: rack1-tor2 \(3 sessions")
    tour.terminal.run(f"metallb preview {tour.stack}", patterns=foreseen)
    with watched(tour) as seen, slow(tour, "tor1"):
        shown = up(tour, r"succeeded, 2 updated")
    assert shown.index("wave 1 of 2: BGPPeer rack1-tor1") < shown.index("wave 2 of 2")
    for host, down in seen.down.items():
        assert down == [{"tor1"}, set(), {"tor2"}, set()], host
    assert len(seen.answered) > 50
    assert seen.reachable
    assert len(established(tour)) == 6


def test_an_interrupt_ends_the_wait_of_a_wave_and_the_next_update_goes_on(
    tour: Tour, tmp_path: Path
) -> None:
    def shorter(config: Sections) -> None:
        config["metallb:bgp"]["holdTime"] = "20s"

    edit(tour, shorter)
    process = next(p for p in tour.lab.record.processes if p.name == "bird@tor1")
    file = tmp_path / "pid"

    def press() -> None:
        wait_until("the change", lambda: hold_times(tour)["rack1-tor1"] == "20s")
        os.kill(int(file.read_text()), signal.SIGINT)

    # Its sessions stay down, so the wave waits.
    os.kill(process.pid, signal.SIGSTOP)
    thread = threading.Thread(target=press)
    thread.start()
    try:
        line = f"metallb up {tour.stack} --yes --skip-preview"
        shown = tour.terminal.run(f"echo $$ > {file}; exec {line}", code=130)
        ended = "ended in wave 1 of 2: BGPPeer rack1-tor1; "
        assert ended in shown
        assert shown.partition(ended)[2].splitlines()[0].endswith("; then BGPPeer rack1-tor2")
        # The engine may have been interrupted before it had the API server's answer.
        assert re.search(r"cancelled, (1 updated, )?\d+ unchanged", shown)
    finally:
        os.kill(process.pid, signal.SIGCONT)
        thread.join()
    assert hold_times(tour) == {"rack1-tor1": "20s", "rack1-tor2": "40s"}
    wait_until("the sessions of tor1", lambda: len(established(tour)) == 6)
    shown = up(tour, r"succeeded, [12] updated")
    assert "wave 1 of 1: BGPPeer rack1-tor2" in shown
    assert set(hold_times(tour).values()) == {"20s"}


def test_a_key_that_the_router_lacks_stops_after_the_first_wave(tour: Tour) -> None:
    def keyed(config: Sections) -> None:
        config["metallb:bgp"]["holdTime"] = "6s"
        config["metallb:platform"]["racks"][0]["routers"][0]["password"] = KEY

    edit(tour, keyed)
    with watched(tour) as seen:
        shown = up(tour, r"error\[E604\]", code=1)
    assert KEY not in shown
    assert "node1 -> rack1-tor1 (203.0.113.1)" in shown
    assert "another MD5 key, or none" in shown
    assert "Open and untouched: wave 2 (BGPPeer rack1-tor2)" in " ".join(shown.split())
    assert seen.lost == {frozenset({"tor1"})}
    assert hold_times(tour) == {"rack1-tor1": "6s", "rack1-tor2": "20s"}
    assert seen.reachable
    assert established(tour) == {("tor2", host) for host in tour.lab.fabric.hosts}


def test_the_next_update_goes_on_once_the_router_has_the_key(tour: Tour) -> None:
    fabric = tour.lab.fabric
    config = fabric.folder / "bird" / "tor1.conf"
    ours, theirs = config.read_text().split("protocol bgp to_client")
    ours = ours.replace("    passive on;\n", f'    passive on;\n    password "{KEY}";\n')
    config.write_text(f"{ours}protocol bgp to_client{theirs}")
    fabric.birdc_write("tor1", "configure")
    wait_until("the sessions of tor1", lambda: len(established(tour)) == 6)
    with watched(tour) as seen:
        shown = up(tour, r"succeeded, 1 updated")
    assert "wave 1 of 1: BGPPeer rack1-tor2" in shown
    assert seen.lost == {frozenset({"tor2"}), frozenset()}
    assert set(hold_times(tour).values()) == {"6s"}
    assert seen.reachable


def test_a_router_with_another_name_is_replaced_in_a_wave_of_its_own(
    tour: Tour, tmp_path: Path
) -> None:
    def renamed(config: Sections) -> None:
        config["metallb:platform"]["racks"][0]["routers"][1]["name"] = "edge"
        config["metallb:bgp"]["holdTime"] = "7s"

    edit(tour, renamed)
    with watched(tour) as seen:
        shown = up_of_a_shell(tour, tmp_path, r"~ 1 updated", r"\+-1 replaced")
    assert shown.index("wave 1 of 2: BGPPeer rack1-edge") < shown.index("wave 2 of 2")
    assert hold_times(tour) == {"rack1-edge": "7s", "rack1-tor1": "7s"}
    assert seen.lost == {frozenset({"tor1"}), frozenset({"tor2"}), frozenset()}
    assert seen.reachable


def test_a_pool_that_one_router_carries_is_not_taken_away(tour: Tour) -> None:
    """The limit of the pool refuses what the limit of the nodes permits."""
    path = ROOT / tour.stack
    former = path.read_text()

    def of_one_router(config: Sections) -> None:
        (name,) = config["metallb:addressPools"]
        only = {"default": {"peers": ["rack1-edge"]}}
        config["metallb:addressPools"][name]["advertisements"] = only
        config["metallb:availability"]["byPool"] = {name: {"minAnnouncers": 2}}
        config["metallb:bgp"]["holdTime"] = "8s"

    edit(tour, of_one_router)
    with watched(tour) as seen:
        shown = " ".join(up(tour, r"error\[E606\]", code=1).split())
    assert "can't keep minAnnouncers: pool" in shown
    assert "keeps 0 of 3 announcers, and needs 2: rack1-edge ends the sessions of node1" in shown
    assert seen.lost == set()
    assert set(hold_times(tour).values()) == {"7s"}
    path.write_text(former)


def test_a_session_that_is_down_already_is_not_made_two(tour: Tour) -> None:
    """One router is out of order, and the change would take the other one down as well."""
    fabric = tour.lab.fabric
    logs = {host: len(tour.lab.speaker(host).log_text()) for host in fabric.hosts}
    fabric.stop_router("tor2")

    def noticed() -> bool:
        return all(
            '"event":"sessionDown"' in tour.lab.speaker(host).log_text()[length:]
            for host, length in logs.items()
        )

    def longer(config: Sections) -> None:
        config["metallb:platform"]["racks"][0]["routers"][0]["holdTime"] = "12s"
        config["metallb:availability"]["sessionTimeout"] = "4s"

    wait_until("the end of tor2's sessions", noticed)
    edit(tour, longer)
    shown = up(tour, r"error\[E605\]", code=1)
    assert "node1 -> rack1-edge (203.0.113.2)" in shown
    assert hold_times(tour)["rack1-tor1"] == "7s"
    assert all(fabric.established("tor1", host) for host in fabric.hosts)
