"""MetalLB from a Helm chart: the release, and the wait for a webhook that the chart made."""

from pathlib import Path

import pytest
import yaml

from lab.hands import NAMESPACE, ClusterHands
from lab.site import Lab
from metallb import installation
from metallb.stackfile.install import Install
from tests.updates.harness import Config, Project


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart with what the program itself would install, to stand for MetalLB's own.

    Its controller calls itself ready without a look at the webhook, as MetalLB's chart has it.
    """
    folder = tmp_path / "chart"
    templates = folder / "templates"
    templates.mkdir(parents=True)
    about = {"apiVersion": "v2", "name": "metallb", "version": "0.16.2"}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about))
    install = Install()
    parts = (
        installation.crds,
        installation.webhooks,
        installation.controller,
        installation.speaker,
    )
    objects = [item for part in parts for item in part(install)]
    for item in objects:
        if item["kind"] == "Deployment":
            for container in item["spec"]["template"]["spec"]["containers"]:
                del container["startupProbe"]
    for number, item in enumerate(objects):
        (templates / f"{number:02d}.yaml").write_text(yaml.safe_dump(item))
    return folder


def test_a_release_of_a_chart_is_waited_for_and_its_webhook_as_well(
    lab: Lab, chart: Path, tmp_path: Path
) -> None:
    config: Config = {
        "install": {
            "version": "0.16.2",
            "source": "helm",
            "helmChart": str(chart),
            "helmRepository": None,
        },
        "platform": {
            "kind": "static",
            "racks": [
                {
                    "name": "a",
                    "nodes": ["worker-0"],
                    "routers": [{"name": "tor", "address": "10.0.0.1", "asn": 65530}],
                }
            ],
        },
        "bgp": {"myAsn": 65000, "holdTime": "9s"},
        "addressPools": {"default": {"addresses": ["203.0.113.0/28"]}},
        "kubernetes": {"kubeconfig": str(lab.plane.kubeconfig)},
    }
    folder = tmp_path / "project"
    folder.mkdir()
    with ClusterHands(lab, mounts_after=20):
        project = Project(folder, config, direct=str(lab.plane.address))
        # Nothing is refused: peers and pools come once the chart's webhook answers.
        first = project.up()
        assert set(first.changes) == {"create"}
        assert first.messages == "", "the program could ask"
        peers = lab.api.list("metallb.io/v1beta2", "BGPPeer", NAMESPACE)
        assert [peer["metadata"]["name"] for peer in peers] == ["a-tor"]
        again = project.up()
        if again.changes == {"update": {"metallb-webhooks"}}:
            # Where its watch lags behind its write, the Kubernetes provider keeps the object as it
            # was before, and writes the annotation of the patch once more.
            again = project.up()
        assert again.nothing_changed, again.diffs
        project.destroy()
    assert lab.api.list("apiextensions.k8s.io/v1", "CustomResourceDefinition") == []
