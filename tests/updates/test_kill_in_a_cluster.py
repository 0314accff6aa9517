"""SIGKILL while the engine waits for objects of a real API server; then `recover` and an update."""

import threading
from pathlib import Path

from lab.hands import NAMESPACE, ClusterHands
from lab.site import Lab
from lab.spawn import wait_until
from tests.updates.harness import Config, Outcome, Project
from tests.updates.processes import process_of
from tests.updates.states import under_way

CONTROLLER = "metallb-controller-deployment-controller"
WEBHOOKS = "metallb-validatingwebhookconfiguration-metallb-webhook-configuration"


def config(lab: Lab) -> Config:
    """A rack, and MetalLB of our own objects."""
    router = {"name": "tor", "address": "10.0.0.1", "asn": 65530}
    return {
        "install": {"version": "0.16.2"},
        "platform": {
            "kind": "static",
            "racks": [{"name": "a", "nodes": ["worker-0"], "routers": [router]}],
        },
        "bgp": {"myAsn": 65000, "holdTime": "9s"},
        "addressPools": {"default": {"addresses": ["203.0.113.0/28"]}},
        "kubernetes": {"kubeconfig": str(lab.plane.kubeconfig)},
    }


def killed_while_it_waits(project: Project, lab: Lab) -> None:
    """Update a cluster where nothing rolls out, and kill engine and plugins in their wait."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(project.try_up()))
    thread.start()
    wait_until("the update's process", lambda: project.cli.process)
    assert project.cli.process is not None
    process = process_of(project.cli.process)

    def waits() -> bool:
        there = lab.api.list("apps/v1", "Deployment", NAMESPACE)
        return bool(there) and CONTROLLER in under_way(project.folder / "state")

    wait_until("the wait for the controller", waits, of=process)
    project.cli.kill(everything=True)
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert outcomes[0].failed


def test_what_was_being_created_in_a_cluster_is_the_stacks_again(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder, config(lab), direct=str(lab.plane.address))
    killed_while_it_waits(project, lab)
    pending = {item["resource"]["urn"].rpartition("::")[2] for item in project.pending()}
    # The webhooks wait for the controller; they may have been written or not.
    assert CONTROLLER in pending <= {CONTROLLER, WEBHOOKS}
    lines = project.repair()
    assert f"took over {CONTROLLER}: {NAMESPACE}/controller" in lines
    with ClusterHands(lab):
        outcome = project.up()
        assert CONTROLLER in outcome.changes["update"]
        assert not pending & outcome.changes["create"] - {WEBHOOKS}
        again = project.up()
        if again.changes == {"update": {WEBHOOKS}}:
            # As of `test_release_of_a_chart`: the provider's watch lagged behind its write.
            again = project.up()
        assert again.nothing_changed, again.diffs
        (deployment,) = lab.api.list("apps/v1", "Deployment", NAMESPACE)
        managers = {
            each["manager"]
            for each in deployment["metadata"]["managedFields"]
            if each["operation"] == "Apply"
        }
        assert len(managers) == 1, "fields that a dead manager owns as well are never taken away"
        project.destroy()
    assert lab.api.list("apps/v1", "Deployment", NAMESPACE) == []
    assert lab.api.list("apiextensions.k8s.io/v1", "CustomResourceDefinition") == []
