"""A lab of its own: the status is judged by what MetalLB and the routers really do."""

from collections.abc import Iterator

import pytest

from lab import kubelet, needs
from lab.bringup import DEFAULT_STACK, Cluster, bring_up
from lab.guard import guarded
from lab.site import Lab
from metallb.installation.names import METRICS_READER
from metallb.loading.stack import load_file
from metallb.status.cluster import LiveCluster
from metallb.status.judge import judge
from metallb.status.look import look
from metallb.status.model import Status

NAMESPACE = "metallb-system"


class Site:
    """The lab's cluster and the status of it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.api = cluster.lab.api
        self.fabric = cluster.lab.fabric
        self.stack = load_file(DEFAULT_STACK).config
        kubeconfig = str(cluster.lab.plane.kubeconfig)
        self._client = LiveCluster(kubeconfig, account=(NAMESPACE, METRICS_READER))

    def status(self, client: LiveCluster | None = None) -> Status:
        found = look(client or self._client, self.stack.install)
        return judge(found, self.stack, "lab", None)


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    if lacks := needs.missing():
        pytest.skip("this machine can't run the lab; missing: " + "; ".join(lacks))
    # Without what a run that was cut off left of it.
    Lab("status").down()
    lab = Lab("status")
    with guarded(lab):
        cluster = bring_up(lab, DEFAULT_STACK)
        kubelet.start(lab)
        yield Site(cluster)
