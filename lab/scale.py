"""A thousand nodes that each need a peer of their own: what the API server and kubectl make of it.

The same rendered files are applied twice in one run on one control plane, once by the lab's client
over one connection and once by `kubectl apply --server-side`. No speaker runs: a thousand of those
would only measure this machine.

MetalLB's webhook reads and judges all peers again for each one that is written, so with it the time
grows with the square of their number, whatever applies them. It is measured with fewer, and left
out where the question is the API server.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab import foreign, rendering
from lab.api import Object
from lab.errors import LabError
from lab.paths import BIN
from lab.site import Lab
from lab.spawn import favoured

_PEERS = "bgppeers.metallb.io"


@dataclass(frozen=True)
class Scale:
    """What one run showed, in seconds."""

    nodes: int
    webhook: bool
    peers: int
    """Peer objects on the API server, after either apply."""
    render: float
    apply: float
    again: float
    """A second apply, which changes nothing."""
    kubectl: float
    kubectl_again: float
    same: bool
    """Whether both applies left the same specs."""

    def table(self) -> str:
        """The figures as a Markdown table."""
        return f"""\
| {self.peers} peers, {"with" if self.webhook else "without"} the webhook | first | again |
|---|---|---|
| render | {self.render:.1f} s | |
| apply, one connection | {self.apply:.1f} s | {self.again:.1f} s |
| kubectl apply --server-side | {self.kubectl:.1f} s | {self.kubectl_again:.1f} s |
"""


def write_stack(folder: Path, nodes: int) -> Path:
    """A stack file of so many nodes in one rack, whose peers are not shared."""
    config: dict[str, Any] = {
        "metallb:install": {"version": "0.16.1"},
        "metallb:platform": {
            "kind": "static",
            "sharedPeers": False,
            "racks": [
                {
                    "name": "rack1",
                    "nodes": [f"node-{number:04}" for number in range(nodes)],
                    "routers": [{"name": "tor1", "address": "10.64.0.1"}],
                }
            ],
        },
        "metallb:bgp": {"myAsn": 65000, "peerAsn": 65530, "ecmpLimit": 4096},
        "metallb:addressPools": {"default": {"addresses": ["203.0.113.0/29"]}},
        "metallb:kubernetes": {"renderTo": "build/many"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    stack = folder / "Pulumi.many.yaml"
    stack.write_text(yaml.safe_dump({"config": config}, sort_keys=False))
    return stack


def measure(lab: Lab, nodes: int, *, webhook: bool, twice: bool = True) -> Scale:
    """One run on a control plane of its own.

    :param twice: whether each way applies once more; its seconds are 0 otherwise.
    """
    lab.start_plane()
    stack = write_stack(lab.folder / "stacks", nodes)
    folder = lab.folder / "rendered" / "many"
    begun = time.monotonic()
    objects = rendering.render(stack, folder)
    render = time.monotonic() - begun
    lab.apply(foreign.definitions(objects))
    lab.apply([obj for obj in objects if _installed(obj, webhook=webhook)])
    if webhook:
        lab.wait_for_webhook(lab.start_controller(objects))
    configuration = [obj for obj in objects if rendering.is_configuration(obj)]

    apply = _timed(lambda: lab.apply(configuration))
    again = _timed(lambda: lab.apply(configuration)) if twice else 0.0
    ours = _specs(lab)
    lab.api.request("DELETE", lab.api.path("metallb.io/v1beta2", "BGPPeer", "", "metallb-system"))
    for obj in configuration:
        lab.api.delete(obj)

    chosen = lab.folder / "configuration"
    chosen.mkdir()
    for path in folder.rglob("*.yaml"):
        if rendering.is_configuration(yaml.safe_load(path.read_text())):
            (chosen / path.name).write_bytes(path.read_bytes())
    kubectl = _timed(lambda: _kubectl(lab, chosen))
    kubectl_again = _timed(lambda: _kubectl(lab, chosen)) if twice else 0.0
    theirs = _specs(lab)
    return Scale(
        nodes=nodes,
        webhook=webhook,
        peers=len(theirs),
        render=render,
        apply=apply,
        again=again,
        kubectl=kubectl,
        kubectl_again=kubectl_again,
        same=ours == theirs,
    )


def _installed(obj: Object, *, webhook: bool) -> bool:
    kept = webhook or obj["kind"] != "ValidatingWebhookConfiguration"
    return kept and not rendering.is_configuration(obj)


def _timed(action: Any) -> float:
    # Two ways are set beside each other: what else the machine does must meet neither.
    with favoured():
        begun = time.monotonic()
        action()
        return time.monotonic() - begun


def _specs(lab: Lab) -> dict[str, Object]:
    found = lab.api.list("metallb.io/v1beta2", "BGPPeer", "metallb-system")
    return {peer["metadata"]["name"]: peer["spec"] for peer in found}


def _kubectl(lab: Lab, folder: Path) -> None:
    command = [str(BIN / "kubectl"), "--kubeconfig", str(lab.plane.kubeconfig)]
    command += ["apply", "--server-side", "--force-conflicts", "-f", str(folder)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={"HOME": str(lab.folder), "NO_PROXY": "*"},
    )
    if done.returncode:
        raise LabError(
            "`kubectl apply --server-side` failed",
            detail=done.stderr.strip()[-1000:],
            help="compare the named object with the API server's message",
        )
