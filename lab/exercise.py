"""Everything MetalLB does with the API server in its life, in a few seconds.

Allocation, announcement, statuses, events, a change of configuration, the layer 2 statuses of
their user, a new webhook certificate. The RBAC tests run it; it asserts nothing itself.
"""

from __future__ import annotations

from lab.api import Api, Object
from lab.bringup import Cluster
from lab.pods import Pod
from lab.services import NAMESPACE, Balanced, service
from lab.spawn import wait_until

SYSTEM = "metallb-system"
_CERTIFICATE = "metallb-webhook-cert"


def custom(kind: str, name: str, spec: Object, version: str = "v1beta1") -> Object:
    """A custom resource of MetalLB's."""
    return {
        "apiVersion": f"metallb.io/{version}",
        "kind": kind,
        "metadata": {"name": name, "namespace": SYSTEM},
        "spec": spec,
    }


LAYER2_POOL = custom(
    "IPAddressPool", "lab-layer2", {"addresses": ["203.0.113.176/30"], "autoAssign": False}
)
LAYER2 = custom("L2Advertisement", "lab-layer2", {"ipAddressPools": ["lab-layer2"]})
COMMUNITY = custom(
    "Community", "lab", {"communities": [{"name": "no-export", "value": "65535:65281"}]}
)


def statuses(api: Api, kind: str) -> list[Object]:
    """Every object of one of MetalLB's status kinds."""
    return api.list("metallb.io/v1beta1", kind, SYSTEM)


def announce(cluster: Cluster, name: str = "exercise") -> None:
    """A Service gets its address and its route, then goes again with its status."""
    lab = cluster.lab
    balanced = Balanced(lab.api, lab.fabric, name, pool="default")
    balanced.create(lab.fabric.hosts)
    wait_until("the exercise's route", balanced.routed)
    wait_until("ServiceBGPStatus", lambda: len(_of(lab.api, name)) == len(lab.fabric.hosts))
    for status in _of(lab.api, name):
        disown(lab.api, status, {"peers": []})
    balanced.set_endpoints(lab.fabric.hosts[:1])
    wait_until("ServiceBGPStatus of one node", lambda: len(_of(lab.api, name)) == 1)
    balanced.delete()
    wait_until("no ServiceBGPStatus", lambda: not _of(lab.api, name))


def disown(api: Api, status: Object, content: Object) -> None:
    """A status loses its owner and its content, as in a backup that is put back.

    Its speaker has to write both anew, the object as well as its status part.
    """
    was = status["status"]
    api.merge(status, {"metadata": {"ownerReferences": None}})
    api.merge(status, {"status": content}, part="status")

    def mended() -> bool:
        found = api.request("GET", api.path_of(status))
        return bool(found["metadata"].get("ownerReferences")) and found["status"] == was

    wait_until(f"{status['kind']} {status['metadata']['name']} written anew", mended)


def _of(api: Api, service: str) -> list[Object]:
    found = statuses(api, "ServiceBGPStatus")
    return [status for status in found if status["status"].get("serviceName") == service]


def layer2(cluster: Cluster) -> None:
    """A Service announced by layer 2, whose node changes, as the CRD allows anyone to have."""
    lab = cluster.lab
    lab.apply_when_ready([LAYER2_POOL, LAYER2])
    balanced = Balanced(lab.api, lab.fabric, "exercise-layer2", pool="lab-layer2")
    balanced.create(lab.fabric.hosts[:1])
    wait_until("ServiceL2Status", lambda: statuses(lab.api, "ServiceL2Status"))
    disown(lab.api, statuses(lab.api, "ServiceL2Status")[0], {"interfaces": [{"name": "none"}]})
    balanced.set_endpoints(lab.fabric.hosts[1:2])
    wait_until(
        "ServiceL2Status of the other node",
        lambda: (
            [s["status"]["node"] for s in statuses(lab.api, "ServiceL2Status")]
            == lab.fabric.hosts[1:2]
        ),
    )
    balanced.delete()
    wait_until("no ServiceL2Status", lambda: not statuses(lab.api, "ServiceL2Status"))
    lab.api.delete(LAYER2)
    lab.api.delete(LAYER2_POOL)


def replace(cluster: Cluster, pod: Pod) -> None:
    """A pod dies and another takes its place, which makes what it wrote its own.

    In a cluster the garbage collector races with the new pod; without one, as here, it always
    finds its predecessor's objects.
    """
    pod.kill()
    pod.declare()
    pod.start()
    pod.report(ready=True)
    owner = cluster.lab.api.get("v1", "Pod", pod.name, SYSTEM)["metadata"]["uid"]
    wait_until(
        f"what {pod.name} owns",
        lambda: any(
            reference["uid"] == owner
            for state in statuses(cluster.lab.api, "ConfigurationState")
            for reference in state["metadata"].get("ownerReferences", [])
        ),
        log=pod.log,
    )


def refused(cluster: Cluster) -> None:
    """A Service names an address that no pool has, again and again: one event, counted up."""
    api = cluster.lab.api
    wish = service("exercise-refused", pool="no-such-pool")

    def events() -> list[Object]:
        found = api.list("v1", "Event", NAMESPACE)
        ours = [e for e in found if e["involvedObject"]["name"] == wish["metadata"]["name"]]
        return [e for e in ours if e.get("reason") == "AllocationFailed"]

    for number in (1, 2):
        wish["metadata"]["labels"] = {"try": str(number)}
        api.apply(wish)
        wait_until(
            "an event about the refused Service",
            lambda number=number: any(e.get("count", 1) >= number for e in events()),  # type: ignore[misc]
        )
    api.delete(wish)


def reconfigure(cluster: Cluster) -> None:
    """An object of each kind that the webhook judges is made and removed."""
    api = cluster.lab.api
    cluster.lab.apply_when_ready([COMMUNITY])
    api.delete(COMMUNITY)


def rotate(cluster: Cluster) -> None:
    """The webhook's certificate is lost; the controller makes another and registers it."""
    api = cluster.lab.api
    secret = api.get("v1", "Secret", _CERTIFICATE, SYSTEM)
    before = bundle(api)
    api.merge(secret, {"data": None})
    wait_until("another CA bundle", lambda: bundle(api) not in (before, None))
    cluster.controller.sync()


def bundle(api: Api) -> str | None:
    """The CA bundle of the first webhook."""
    found = api.list("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
    bundle: str | None = found[0]["webhooks"][0]["clientConfig"].get("caBundle")
    return bundle


def everything(cluster: Cluster) -> None:
    """The whole life once."""
    lab = cluster.lab
    announce(cluster)
    layer2(cluster)
    refused(cluster)
    reconfigure(cluster)
    replace(cluster, lab.speaker(lab.fabric.hosts[0]))
    replace(cluster, cluster.controller)
    lab.wait_for_webhook(cluster.controller)
    rotate(cluster)
