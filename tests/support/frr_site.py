"""MetalLB in its FRR modes, as it is installed by other means; only the configuration is ours.

A pytest plugin: one lab of each mode for all folders.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab import kubelet, needs
from lab.bringup import Cluster, variant
from lab.frr.bringup import FRR_STACK, bring_up
from lab.frr.node import FrrNode
from lab.guard import guarded
from lab.site import Lab
from lab.spawn import wait_until
from metallb.installation import monitoring
from metallb.installation.names import METRICS_READER
from metallb.loading.stack import load_file
from metallb.stackfile.install import Install, Source
from metallb.status.cluster import LiveCluster
from metallb.status.endpoints import endpoints
from metallb.status.judge import judge
from metallb.status.look import look
from metallb.status.metrics import Samples
from metallb.status.model import Health, Status

_SYSTEM = "metallb-system"


def _account_of_metrics(install: Install) -> list[dict[str, Any]]:
    """The account whose tokens status shows a pod: the site's MetalLB is installed by hand."""
    wanted = install.monitoring.model_copy(update={"service_monitor": True})
    whole = monitoring(install.model_copy(update={"monitoring": wanted, "source": Source.BUILTIN}))
    return [each for each in whole if each["metadata"]["name"].endswith(METRICS_READER)]


@dataclass
class Site:
    """A running lab and the status of it."""

    cluster: Cluster
    frr: dict[str, FrrNode]

    def __post_init__(self) -> None:
        self.lab = self.cluster.lab
        self.fabric = self.lab.fabric
        self.stack = load_file(self.cluster.stack).config
        self.lab.apply(_account_of_metrics(self.stack.install))
        account = (self.stack.install.namespace, METRICS_READER)
        self._client = LiveCluster(str(self.lab.plane.kubeconfig), account=account)

    def metrics(self) -> list[Samples]:
        """What every pod shows, frr-k8s' daemon too, which listens on two ports of its own."""
        pods = self._client.list(f"/api/v1/namespaces/{_SYSTEM}/pods") or []
        return [
            self._client.metrics(pod, place.port, secure=place.secure)
            for pod in pods
            for place in endpoints(pod)
        ]

    def status(self) -> Status:
        return judge(look(self._client, self.stack.install), self.stack, "lab", None)

    def status_when(self, holds: Callable[[Status], bool], what: str) -> Status:
        found: list[Status] = []

        def looked() -> bool:
            found.append(self.status())
            return holds(found[-1])

        wait_until(what, looked, seconds=120, every=0.5)
        return found[-1]

    def when_healthy(self) -> Status:
        return self.status_when(lambda status: status.health is Health.HEALTHY, "a healthy cluster")


@pytest.fixture(scope="session", params=["frr", "frr-k8s"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A lab of one mode; or a skip with its reason."""
    if lacks := needs.missing() + needs.missing_frr(modes=True):
        pytest.skip("this machine can't run MetalLB's FRR modes; missing: " + "; ".join(lacks))

    def in_mode(config: dict[str, Any]) -> None:
        config["metallb:install"]["bgpMode"] = request.param
        config["metallb:kubernetes"] = {"nodeCidrs": ["203.0.113.0/26", "2001:db8:0:1::/64"]}

    folder = tmp_path_factory.mktemp("frr")
    stack = variant(FRR_STACK, folder / "Pulumi.frr.yaml", in_mode)
    lab = Lab(request.param)
    lab.down()
    with guarded(lab):
        cluster, frr = bring_up(lab, stack, bgp_mode=request.param)
        kubelet.start(lab)
        yield Site(cluster, frr)
