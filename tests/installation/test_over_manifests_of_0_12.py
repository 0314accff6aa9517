"""Rendered folders applied with kubectl over MetalLB's own manifests of 0.12.1, and the way back.

An API server alone: what is compared is what it keeps of both.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.guard import guarded
from lab.paths import BIN
from lab.site import Lab
from metallb.releases import parse_release
from metallb.render import render
from tests.support.metallb_module import module_folder
from tests.support.paths import STACKS
from tests.support.running import fresh

pytestmark = pytest.mark.lab

FOLDERS = ("1-prerequisites", "2-pools", "3-controller", "5-speakers")
"""Without the configuration, which the webhook of a running controller judges."""
KINDS = ("Deployment", "DaemonSet", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
UNSERVED = "PodSecurityPolicy"
"""Ended with Kubernetes 1.25."""
SET_BY_THE_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")

Kept = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Server:
    """An API server, 0.12.1's manifests, and the folders that are applied over them."""

    lab: Lab
    manifests: list[Path]
    folders: list[Path]

    def kubectl(self, *words: str) -> str:
        command = [str(BIN / "kubectl"), "--kubeconfig", str(self.lab.plane.kubeconfig), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, paths: list[Path]) -> Kept:
        """What the server keeps of them."""
        for path in paths:
            self.kubectl("apply", "-f", str(path))
        return {(kind, name): self._kept(kind, name) for kind, name in _named(paths)}

    def delete(self, paths: list[Path]) -> None:
        for kind, name in _named(paths):
            self.kubectl("delete", kind, name, "-n", "metallb-system")

    def _kept(self, kind: str, name: str) -> dict[str, Any]:
        text = self.kubectl("get", kind, name, "-n", "metallb-system", "-o", "yaml")
        found: dict[str, Any] = yaml.safe_load(text)
        for key in (*SET_BY_THE_SERVER, "annotations"):
            found["metadata"].pop(key, None)
        return {key: value for key, value in found.items() if key != "status"}


def _named(paths: list[Path]) -> list[tuple[str, str]]:
    """The workloads and rights in files and folders, by kind and name."""
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) or [path])]
    documents = [each for file in files for each in yaml.safe_load_all(file.read_text()) if each]
    return [(d["kind"], d["metadata"]["name"]) for d in documents if d["kind"] in KINDS]


@pytest.fixture(scope="module")
def server(machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    source = module_folder(parse_release("0.12.1")) / "manifests"
    folder = tmp_path_factory.mktemp("over")
    documents = yaml.safe_load_all((source / "metallb.yaml").read_text())
    served = [each for each in documents if each["kind"] != UNSERVED]
    (folder / "metallb.yaml").write_text(yaml.safe_dump_all(served))
    render(STACKS / "Pulumi.onprem.yaml", folder / "rendered")
    lab = fresh("over")
    with guarded(lab):
        lab.start_plane()
        yield Server(
            lab,
            [source / "namespace.yaml", folder / "metallb.yaml"],
            [folder / "rendered" / name for name in FOLDERS],
        )


def test_nothing_of_the_other_release_is_left_on_either_way(server: Server) -> None:
    before = server.apply(server.manifests)
    over = server.apply(server.folders)
    back = server.apply(server.manifests)
    both = before.keys() & over.keys()
    assert {kind for kind, _ in both} == set(KINDS)
    server.delete(server.folders)
    assert server.apply(server.folders) == over
    assert {key: back[key] for key in both} == {key: before[key] for key in both}
    assert all(before[key] != over[key] for key in both if key[0] in ("Deployment", "DaemonSet"))
