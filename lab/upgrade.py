"""MetalLB 0.12.1, and its upgrade in place as the program does it (docs/adr/0007).

The lab does not build 0.12.1 (`lab.paths.RELEASES` says why): a person has to put its programs
there.
"""

from __future__ import annotations

from pathlib import Path

from lab import foreign
from lab.bringup import DEFAULT_STACK, Cluster, Rendered, bring_up, variant
from lab.errors import LabError
from lab.paths import RELEASES
from lab.reliability.measure import Outcome, measure
from lab.rendering import find, is_configuration
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import wait_until

OLD = "0.12.1"
_PROGRAMS = RELEASES / f"v{OLD}"


def missing() -> str:
    """What is not here of the old release, in words; empty when nothing is."""
    lacks = [name for name in ("controller", "speaker") if not (_PROGRAMS / name).exists()]
    if not lacks:
        return ""
    return f"no {' and no '.join(lacks)} of MetalLB {OLD} in {_PROGRAMS}"


def bring_up_old(lab: Lab, folder: Path) -> Cluster:
    """The lab's own stack on the old release, until every session is established."""
    if lacks := missing():
        raise LabError(
            lacks,
            detail=f"Go can't verify the module of MetalLB {OLD}, so the lab does not build it.",
            help="put the release's programs there (static, for Linux)",
        )
    stack = variant(
        DEFAULT_STACK,
        folder / "Pulumi.old.yaml",
        lambda config: config["metallb:install"].update(version=OLD, monitoring={}),
    )
    return bring_up(lab, stack)


def upgrade(cluster: Cluster, to: Rendered) -> None:
    """Pools, controller, the rest, speakers one after another; a speaker's sessions are back before
    the next one goes, as a DaemonSet waits for a pod to be ready. The ConfigMap goes last."""
    lab = cluster.lab
    configuration = [obj for obj in to.objects if is_configuration(obj)]
    pools = [obj for obj in configuration if obj["kind"] == "IPAddressPool"]
    install = [obj for obj in to.objects if obj not in configuration]
    hooks = [obj for obj in install if obj["kind"] == "ValidatingWebhookConfiguration"]
    (daemon_set,) = find(to.objects, "DaemonSet")
    (old_document,) = find(cluster.objects, "ConfigMap", "config")
    lab.apply(foreign.definitions(to.objects))
    lab.apply([obj for obj in install if obj not in hooks])
    lab.apply(pools)
    cluster.controller.stop()
    lab.apply(hooks)
    lab.wait_for_webhook(lab.start_controller(to.objects))
    lab.apply_when_ready([obj for obj in configuration if obj not in pools])
    for host in lab.fabric.hosts:
        lab.speaker(host).stop()
        lab.start_speaker(daemon_set, host)
        wait_until("every session", cluster.sessions_up, every=0.05)
    lab.api.delete(old_document)
    cluster.objects, cluster.stack = to.objects, to.stack


def measured(lab: Lab, folder: Path) -> Outcome:
    """The whole upgrade under load, on a Service with a server on every node."""
    cluster = bring_up_old(lab, folder)
    service = Balanced(lab.api, lab.fabric, "web")
    address = service.create(lab.fabric.hosts)
    wait_until("routes on every router", service.routed)
    wait_until("the client's routes", lambda: lab.fabric.next_hops("client", address))
    to = cluster.render(DEFAULT_STACK)
    return measure(
        lab,
        service,
        name="upgrade",
        what=f"MetalLB {OLD} replaced in place",
        promise="each node's sessions end once, one node after another",
        bound=60.0,
        event=lambda: upgrade(cluster, to),
        right=lambda: service.routed() and service.address() == address,
    )
