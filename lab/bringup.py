"""From a stack file to a running lab, in the order in which `pulumi up` would do it.

Install objects, the controller, its webhook's certificate, then the custom resources that the
webhook judges, then the speakers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab import foreign, plan, rendering
from lab.api import Object
from lab.paths import STACKS
from lab.pods import Pod
from lab.site import Lab
from lab.spawn import wait_until
from lab.topology import Topology
from metallb.loading.stack import load_file
from metallb.stackfile.paths import stack_path

DEFAULT_STACK = STACKS / "Pulumi.lab.yaml"


@dataclass(frozen=True)
class Rendered:
    """A stack file and its objects."""

    stack: Path
    objects: list[Object]


@dataclass
class Cluster:
    """A lab with MetalLB on it, and the objects it was made from."""

    lab: Lab
    stack: Path
    topology: Topology
    objects: list[Object] = field(default_factory=list)

    @property
    def install(self) -> list[Object]:
        """The objects that are no custom resources of MetalLB's."""
        return [obj for obj in self.objects if not rendering.is_configuration(obj)]

    @property
    def configuration(self) -> list[Object]:
        """The custom resources, which the webhook judges."""
        return [obj for obj in self.objects if rendering.is_configuration(obj)]

    @property
    def controller(self) -> Pod:
        """The controller's pod."""
        return self.lab.pods["controller-lab"]

    @property
    def daemon_set(self) -> Object:
        """The rendered DaemonSet."""
        return rendering.find(self.objects, "DaemonSet")[0]

    def start_speakers(self) -> None:
        """Run a speaker on every node that the DaemonSet may run on."""
        self.lab.start_speakers(self.objects)

    def sessions_up(self) -> bool:
        """Whether each router holds a session with every node that runs a speaker."""
        hosts = {pod.node for pod in self.lab.pods.values() if pod.name.startswith("speaker-")}
        return all(
            self.lab.fabric.established(session.router, session.host)
            for session in self.topology.sessions
            if session.host in hosts
        )

    def render(self, stack: Path) -> Rendered:
        """The objects of a changed stack file, for a later `change`."""
        return Rendered(stack, rendering.render(stack, self.lab.folder / "rendered" / stack.stem))

    def change(self, to: Rendered) -> list[Object]:
        """Bring the cluster to other objects; gives what was deleted."""
        names = {_key(obj) for obj in to.objects}
        gone = [obj for obj in self.objects if _key(obj) not in names]
        self.lab.apply([obj for obj in to.objects if not rendering.is_configuration(obj)])
        self.lab.apply_when_ready([obj for obj in to.objects if rendering.is_configuration(obj)])
        for obj in gone:
            self.lab.api.delete(obj)
        self.objects, self.stack = to.objects, to.stack
        return gone


def _key(obj: Object) -> tuple[str, str, str]:
    meta = obj["metadata"]
    return obj["kind"], meta.get("namespace", ""), meta["name"]


def find_stack(name: str) -> Path:
    """A stack file by its name among the lab's own, or by name or path as the program takes it."""
    own = STACKS / f"Pulumi.{name}.yaml"
    return own if own.exists() else stack_path(name).resolve()


def prepare(
    lab: Lab,
    stack: Path,
    spare: tuple[str, ...] = (),
    answers: Path | None = None,
    site: Topology | None = None,
) -> Cluster:
    """Control plane and fabric; the objects are rendered, and nothing is applied yet.

    Spare hosts are cabled when they are added, and the routers know their sessions already.

    :param site: the network, if not the one that the stack file describes.
    """
    if site is None:
        loaded = load_file(stack)
        snapshot = loaded.snapshot(answers, required=True)
        site = plan.topology(loaded.config, snapshot.nodes if snapshot else {}, spare)
    lab.start_plane()
    objects = rendering.render(stack, lab.folder / "rendered" / "first", answers)
    lab.start_fabric(site, [host.name for host in site.hosts if host.name not in spare])
    lab.record.facts["stack"] = str(stack)
    lab.record.save()
    return Cluster(lab, stack, site, objects)


def apply_install(cluster: Cluster) -> None:
    """Everything but the custom resources. Nothing of MetalLB runs yet."""
    cluster.lab.apply(foreign.definitions(cluster.objects))
    cluster.lab.apply(cluster.install)


def start_controller(cluster: Cluster) -> None:
    """The controller, until its webhook has its certificate where the release has one."""
    pod = cluster.lab.start_controller(cluster.objects)
    if rendering.find(cluster.objects, "ValidatingWebhookConfiguration"):
        cluster.lab.wait_for_webhook(pod)


def bring_up(
    lab: Lab,
    stack: Path = DEFAULT_STACK,
    spare: tuple[str, ...] = (),
    answers: Path | None = None,
) -> Cluster:
    """The whole way, until every session is established."""
    cluster = prepare(lab, stack, spare, answers)
    apply_install(cluster)
    start_controller(cluster)
    lab.apply_when_ready(cluster.configuration)
    cluster.start_speakers()
    wait_until("a BGP session for every node and router", cluster.sessions_up)
    return cluster


def variant(stack: Path, target: Path, change: Any) -> Path:
    """A copy of a stack file, changed by a function over its `config:` mapping."""
    content = yaml.safe_load(stack.read_text())
    change(content["config"])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(content, sort_keys=False))
    return target
