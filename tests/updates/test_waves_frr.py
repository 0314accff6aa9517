"""An update in waves on the engine in MetalLB's FRR modes: real speakers, FRR and routers.

MetalLB is there by other means; its configuration is taken from the lab and made by the engine.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.support.frr_site import Site
from tests.updates.harness import Config, Project

pytestmark = pytest.mark.lab

FULL = os.environ.get("METALLB_ENGINE_FULL") == "1"
ROUTERS = ("tor1", "tor2", "tor6")


def sessions(site: Site) -> dict[str, frozenset[str]]:
    """The routers that each node has a session with, as the routers see it."""
    return {
        host: frozenset(r for r in ROUTERS if site.fabric.established(r, host))
        for host in site.fabric.hosts
    }


@contextmanager
def watched(site: Site) -> Iterator[list[frozenset[str]]]:
    """Which sessions of a node were there, at each look."""
    seen: list[frozenset[str]] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.extend(sessions(site).values())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@pytest.fixture
def project(site: Site, tmp_path: Path) -> Iterator[Project]:
    """The lab's configuration as a stack of the engine; the lab has its own again afterwards."""
    own = yaml.safe_load(site.cluster.stack.read_text())["config"]
    config: Config = {key.removeprefix("metallb:"): value for key, value in own.items()}
    config["kubernetes"] = {**config["kubernetes"], "kubeconfig": str(site.lab.plane.kubeconfig)}
    config["availability"] = {"maxSessionsDown": 1, "sessionTimeout": "60s"}
    _taken_away(site)
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder, config, direct=str(site.lab.plane.address))
    try:
        project.up()
        site.when_healthy()
        yield project
    finally:
        # Not by the engine: it waits for a garbage collector, which this lab has none of.
        _taken_away(site)
        site.lab.apply_when_ready(site.cluster.configuration)
        site.when_healthy()


def _taken_away(site: Site) -> None:
    for each in reversed(site.cluster.configuration):
        site.lab.api.delete(each)


@pytest.mark.skipif(not FULL, reason="a minute for each mode: METALLB_ENGINE_FULL=1 runs it")
def test_routers_change_one_after_the_other(site: Site, project: Project) -> None:
    def both_families(config: Config) -> None:
        config["platform"]["racks"][0]["dualStackAddressFamily"] = True

    project.change(both_families)
    with watched(site) as seen:
        done = project.command("up", str(project.stack_file), "--yes", "--skip-preview")
    assert done.returncode == 0, done.stderr
    order = [done.stderr.index(f"wave {number} of 3: ") for number in (1, 2, 3)]
    assert order == sorted(order)
    lost = {frozenset(ROUTERS) - each for each in seen}
    assert lost == {frozenset(), *(frozenset({router}) for router in ROUTERS)}
