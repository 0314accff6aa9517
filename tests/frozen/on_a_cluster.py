"""Makes the states of stacks that write to a cluster, on the lab's API server.

`python -m tests.frozen.on_a_cluster CHECKOUT [STACK ...]` (root, the lab's programs, the engine).
The chart stands for MetalLB's: it holds what the checkout itself would install.
"""

import os
import sys
from pathlib import Path

import yaml

from lab.guard import guarded
from lab.hands import ClusterHands
from lab.site import Lab
from metallb import installation
from metallb.stackfile.install import Install
from tests.frozen import frozen_stacks, stack_file, states

NAME = "frozen"


def main(checkout: Path, names: list[str]) -> int:
    """Make the state of each stack on a cluster of its own."""
    for name in names or [each for each in frozen_stacks() if _on_a_cluster(each)]:
        Lab(NAME).down()
        lab = Lab(NAME)
        with guarded(lab):
            lab.start_plane()
            os.environ[states.CLUSTER] = str(lab.plane.kubeconfig)
            os.environ["NO_PROXY"] = str(lab.plane.address)
            with ClusterHands(lab, mounts_after=5):
                states.main(checkout, [name], _chart())
    return 0


def _on_a_cluster(name: str) -> bool:
    return "kubeconfig:" in stack_file(name).read_text(encoding="utf-8")


def _chart() -> dict[str, str]:
    install = Install(version="0.16.2")
    parts = (
        installation.crds,
        installation.webhooks,
        installation.controller,
        installation.speaker,
    )
    found = {"Chart.yaml": "apiVersion: v2\nname: metallb\nversion: 0.16.2\n"}
    for number, item in enumerate(item for part in parts for item in part(install)):
        if item["kind"] == "Deployment":
            for container in item["spec"]["template"]["spec"]["containers"]:
                container.pop("startupProbe", None)
        found[f"templates/{number:02d}.yaml"] = yaml.safe_dump(item)
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
