"""One lab for all folders, brought up in stages whose evidence the tests read: a pytest plugin.

Skips, saying what is missing, on a machine that can't run the lab. Every test leaves the lab whole:
all nodes serve, all sessions are up.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field

import pytest

from lab import audit, needs
from lab.api import Refused, ident
from lab.bringup import DEFAULT_STACK, Cluster, apply_install, prepare, start_controller
from lab.errors import LabError
from lab.guard import guarded
from lab.reliability.bench import SPARE
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import wait_until


@pytest.fixture(scope="session")
def machine() -> None:
    """Skips on a machine without what the lab needs."""
    if lacks := needs.missing():
        pytest.skip("this machine can't run the lab; missing: " + "; ".join(lacks))


def fresh(name: str) -> Lab:
    """A lab of the tests' own, without what a run that crashed left of it."""
    Lab(name).down()
    return Lab(name)


def requests(lab: Lab) -> set[audit.Request]:
    """Every request of every account up to now.

    The audit log is written behind the answers, so one more request is made and looked for in it.
    """
    last = {"name": f"last-{uuid.uuid4()}", "namespace": "default"}
    lab.api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": last})
    account = f"{last['namespace']}/{last['name']}"
    user = lab.api.as_user(lab.api.token_of(last["namespace"], last["name"]))
    with closing(user), suppress(Refused):
        user.get("v1", "Pod", "nobodys", last["namespace"])
    log = lab.plane.audit_log
    wait_until("the last request", lambda: account in {r.account for r in audit.requests(log)})
    return {r for r in audit.requests(log) if r.account != account}


@dataclass
class Gate:
    """What happened to a custom resource that was applied before the controller ran."""

    refusal: Refused | None = None
    """The API server's answer while nothing stood behind the webhook."""
    waited: bool = False
    """Whether the apply was still waiting just before the controller started."""
    wanted: list[str] = field(default_factory=list)
    landed: list[str] = field(default_factory=list)
    error: LabError | None = None


@dataclass
class Running:
    """The lab of this session."""

    cluster: Cluster
    gate: Gate

    @property
    def lab(self) -> Lab:
        return self.cluster.lab


@pytest.fixture(scope="session")
def running(machine: None) -> Iterator[Running]:
    """The lab's own stack, running; its controller was started late on purpose."""
    lab = fresh("test")
    with guarded(lab):
        cluster = prepare(lab, DEFAULT_STACK, spare=(SPARE,))
        apply_install(cluster)
        gate = _late_controller(cluster)
        cluster.start_speakers()
        wait_until("every session", cluster.sessions_up)
        yield Running(cluster, gate)


def _late_controller(cluster: Cluster) -> Gate:
    """Ask for the custom resources first, and start the controller only when they wait."""
    gate = Gate(wanted=[ident(obj) for obj in cluster.configuration])
    try:
        cluster.lab.api.apply(cluster.configuration[0])
    except Refused as refusal:
        gate.refusal = refusal

    objects = cluster.configuration

    refused = threading.Event()

    def apply_all() -> None:
        try:
            cluster.lab.apply_when_ready(objects, on_refusal=refused.set)
            found = [
                cluster.lab.api.request("GET", cluster.lab.api.path_of(obj)) for obj in objects
            ]
            gate.landed = [ident(obj) for obj in found]
        except LabError as error:
            gate.error = error

    applying = threading.Thread(target=apply_all)
    applying.start()
    gate.waited = refused.wait(timeout=60) and applying.is_alive()
    start_controller(cluster)
    applying.join(timeout=300)
    return gate


@pytest.fixture
def web(running: Running) -> Iterator[Balanced]:
    """A Service with a server on every node, routed on both routers."""
    service = Balanced(running.lab.api, running.lab.fabric, "web")
    address = service.create(running.lab.fabric.hosts)
    wait_until("routes on every router", service.routed)
    routers = len(running.cluster.topology.routers)
    wait_until(
        "the client's routes",
        lambda: len(running.lab.fabric.next_hops("client", address)) == routers,
    )
    yield service
    service.delete()


@pytest.fixture
def bench(machine: None) -> Iterator[Lab]:
    """A lab of its own for one test: nothing runs yet."""
    lab = fresh("bench")
    with guarded(lab):
        yield lab
