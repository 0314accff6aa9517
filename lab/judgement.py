"""MetalLB's own verdict on objects: schemas, webhooks, and the ConfigurationStates that it writes.

Nothing of MetalLB is imitated. Objects are created one after the other as a person would create
them, with the nodes that their selectors look for; each speaker of a node judges what is for it.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab import bringup, cluster, rendering
from lab.api import Api, Object, Refused, ident
from lab.bringup import variant
from lab.exercise import SYSTEM, statuses
from lab.frr import k8s
from lab.paths import STACKS
from lab.pods import Pod
from lab.site import Lab
from lab.spawn import wait_until
from lab.topology import Host

__all__ = ["Judge", "Verdict", "start"]

STACK = STACKS / "Pulumi.layer2.yaml"
"""Only its installation is applied; it has no routers to dial."""
HOST, LABEL = "node1", "kubernetes.io/hostname"
_ORDER = (
    "Secret",
    "BFDProfile",
    "Community",
    "IPAddressPool",
    "BGPPeer",
    "BGPAdvertisement",
    "L2Advertisement",
)
_QUIET = 0.2
"""Seconds without a sign of work, after which a process has seen everything."""
_ANSWERS = re.compile(r'"(start|end) reconcile":"([^"]*)"')

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """What became of some objects.

    :ivar refused: by object, why the API server did not take it: its schema, or MetalLB's webhook.
    :ivar invalid: why a ConfigurationState is Invalid.
    """

    refused: Mapping[str, str]
    invalid: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether MetalLB runs with all of the objects."""
        return not self.refused and not self.invalid

    def words(self) -> str:
        """Why not, in a line each."""
        lines = [f"{name}: {why}" for name, why in self.refused.items()]
        return "\n".join([*lines, *self.invalid])


@dataclass
class _Work:
    """How far a process has got, as its log shows."""

    log: Path
    at: int = 0
    open: int = 0
    begun: set[str] = field(default_factory=set)
    last: float = 0.0

    def look(self) -> None:
        """Read what was logged since."""
        with self.log.open("rb") as file:
            file.seek(self.at)
            added = file.read()
        whole = added.rpartition(b"\n")[0] + b"\n" if b"\n" in added else b""
        self.at += len(whole)
        for kind, name in _ANSWERS.findall(whole.decode(errors="replace")):
            self.open += 1 if kind == "start" else -1
            self.begun.add(name)
            self.last = time.monotonic()


@dataclass
class Judge:
    """A control plane with MetalLB's controller and the speaker of one node, in one BGP mode."""

    lab: Lab
    controller: Pod
    speaker: Pod

    def __post_init__(self) -> None:
        self._work = [_Work(pod.log, pod.log_start) for pod in (self.controller, self.speaker)]
        self._settle([])

    @property
    def api(self) -> Api:
        """The API server."""
        return self.lab.api

    def verdict(self, objects: Iterable[Object]) -> Verdict:
        """Create the objects, wait for what MetalLB makes of them, and remove them."""
        listed = sorted(objects, key=lambda obj: _ORDER.index(obj["kind"]))
        refused: dict[str, str] = {}
        invalid: set[str] = set()
        made: list[Object] = []
        with self._nodes(listed) as views:
            try:
                for obj in listed:
                    try:
                        self.api.create(obj)
                        made.append(obj)
                    except Refused as refusal:
                        refused[ident(obj)] = refusal.message
                self._settle(made)
                invalid |= set(self._invalid())
                for labels in views[1:]:
                    self._label(HOST, labels)
                    self._settle([])
                    invalid |= set(self._invalid())
            finally:
                for obj in reversed(made):
                    self._delete(obj)
                self._settle(made)
        return Verdict(refused, tuple(sorted(invalid)))

    def _delete(self, obj: Object) -> None:
        """The webhook keeps a BFD profile as long as it knows of a peer with it."""

        def gone() -> bool:
            self.api.delete(obj)
            return True

        wait_until(f"the end of {ident(obj)}", gone, seconds=20)

    def _settle(self, objects: Sequence[Object]) -> None:
        """Wait until both processes have seen the objects, and have nothing to do any more.

        Each change of an object begins a reconciliation that reads all of them: the last one that
        begins has everything.
        """
        # Each of the two looks at some kinds only; the speaker at all but the secrets of others.
        names = {f"{SYSTEM}/{obj['metadata']['name']}" for obj in objects}
        for work in self._work:
            work.begun.clear()
        since = time.monotonic()

        def quiet() -> bool:
            for work in self._work:
                work.look()
            now = time.monotonic()
            calm = all(now - max(work.last, since) > _QUIET for work in self._work)
            return calm and (names <= self._work[1].begun or now - since > 3.0)

        wait_until("MetalLB to come to rest", quiet, seconds=60, every=0.03)

    def _invalid(self) -> Iterator[str]:
        for state in statuses(self.api, "ConfigurationState"):
            for condition in state.get("status", {}).get("conditions", []):
                if condition["status"] == "False":
                    name, why = state["metadata"]["name"], condition.get("message", "")
                    yield f"ConfigurationState {name}: {why}"

    def _label(self, name: str, labels: Labels) -> None:
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        held = self.api.get("v1", "Node", name)["metadata"]["labels"]
        wanted = {**dict.fromkeys(held), LABEL: name, "kubernetes.io/os": "linux", **labels}
        self.api.merge(node, {"metadata": {"labels": wanted}})

    @contextlib.contextmanager
    def _nodes(self, objects: Sequence[Object]) -> Iterator[list[Labels]]:
        """Nodes that the selectors of some objects choose; gives the labels for the speaker's own,
        which is each of them in turn."""
        wanted = _wanted(objects)
        others = []
        address = self.lab.fabric.topology.host(HOST).address
        for number, labels in enumerate(wanted[1:], start=2):
            name = labels.get(LABEL, f"other{number}")
            others.append(cluster.node(Host(f"judged-{name}", address, (), dict(labels))))
            others[-1]["metadata"]["labels"].update(labels)
        for node in others:
            self.api.apply(node)
        self._label(HOST, wanted[0])
        self._settle([])
        try:
            yield wanted
        finally:
            for node in others:
                self.api.delete(node)
            self._label(HOST, {})


def _wanted(objects: Sequence[Object]) -> list[Labels]:
    """Labels of nodes: one for each host name, with every other label that is looked for; then
    one for each selector alone, and one without any."""
    hosts: dict[str, None] = {}
    every: dict[str, str] = {}
    alone: list[Labels] = []
    for obj in objects:
        for selector in obj.get("spec", {}).get("nodeSelectors") or ():
            labels = {str(k): str(v) for k, v in (selector.get("matchLabels") or {}).items()}
            for need in selector.get("matchExpressions") or ():
                if need.get("operator") in ("In", "Exists"):
                    labels[need["key"]] = str((need.get("values") or ["present"])[0])
                if need.get("operator") == "In" and need["key"] == LABEL:
                    hosts |= dict.fromkeys(map(str, need["values"]))
            if LABEL in labels:
                hosts[labels[LABEL]] = None
            every |= {key: value for key, value in labels.items() if key != LABEL}
            alone.append(labels)
    named = [{**every, LABEL: host} for host in hosts] or [every]
    found = [*named, *(labels for labels in alone if labels and labels not in named), {}]
    return [labels for labels in _distinct(found) if _possible(labels)]


def _possible(labels: Labels) -> bool:
    """Whether a node can have the labels: what a wrong selector asks for, none can have."""
    word = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
    key = re.compile(r"([-a-z0-9.]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
    return all(key.fullmatch(k) and word.fullmatch(v) for k, v in labels.items())


def _distinct(listed: Iterable[Labels]) -> list[Labels]:
    return list({json.dumps(labels, sort_keys=True): labels for labels in listed}.values())


def start(lab: Lab, folder: Path) -> Iterator[tuple[str, Judge]]:
    """The control plane once, with MetalLB in native mode first and in frr-k8s mode then.

    The next one ends the former. FRR's modes have one validation, and mode frr no ground here: its
    speaker wants FRR beside it.

    :param folder: for the stack file that MetalLB is installed by.
    """
    stack = variant(
        STACK,
        folder / "Pulumi.judged.yaml",
        lambda config: config["metallb:platform"]["racks"][0].update(nodes=[HOST]),
    )
    found = bringup.prepare(lab, stack)
    native = found.install
    found.objects = k8s.in_frr_k8s_mode(native)
    bringup.apply_install(found)
    judge: Judge | None = None
    for mode, objects in (("native", native), ("frr-k8s", found.objects)):
        if judge is not None:
            judge.speaker.stop()
            judge.controller.stop()
        controller = lab.start_controller(objects)
        lab.wait_for_webhook(controller)
        (workload,) = rendering.find(objects, "DaemonSet", "speaker")
        speaker = lab.start_speaker(workload, HOST)
        wait_until("the speaker's configuration", lambda pod=speaker: _loaded(pod))  # type: ignore[misc]
        judge = Judge(lab, controller, speaker)
        yield mode, judge


def _loaded(pod: Pod) -> bool:
    return '"ConfigReconciler"' in pod.log_text() and '"end reconcile"' in pod.log_text()
