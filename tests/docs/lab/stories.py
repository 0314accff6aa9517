"""What pages take for granted before a command, and what their text says that one will see."""

from collections.abc import Callable

from lab.spawn import wait_until
from tests.docs.expecting import Key
from tests.docs.lab.site import BIRD, FRR, NODE, Site, no_other_lab

PLACES = {
    **dict.fromkeys(("bird", "birdc", "curl", "ip"), BIRD),
    "vtysh": FRR,
    "make": "machine",
}
"""Where a program's lines are typed; all others on a node."""

GITOPS, STATUS, START, UPGRADE, TROUBLE = (
    "gitops.md",
    "status.md",
    "getting-started-onprem.md",
    "upgrade-0.12-to-0.16.md",
    "troubleshooting.md",
)


_IN = "-n metallb-system"


def _routed(site: Site) -> None:
    site.serve_web()
    wait_until("routes to web", site.routed)


def _answering(site: Site) -> None:
    _routed(site)
    site.on_every_node("add")


def _no_longer_answering(site: Site) -> None:
    site.on_every_node("del")


def _pod_of_web(site: Site) -> None:
    site.run_the_pod()
    wait_until("an address of web", site.address_of_web)


def _configmap(site: Site) -> None:
    """A ConfigMap of 0.12 in the cluster, and no copy of it at hand."""
    site.tell(NODE, "kubectl apply -f config.yaml && rm config.yaml")


def _moved(site: Site) -> None:
    wait_until("the address that the Service names", lambda: site.address_of_web() == "203.0.113.5")


def _unhealthy(site: Site) -> None:
    """Everything at once that status can tell of."""
    site.serve_web()
    site.tell(BIRD, "birdc disable node_a2")
    for number in range(16):
        site.tell(NODE, f"kubectl create service loadbalancer shop-{number:02} --tcp=80")
    change = '{"spec":{"holdTime":"30s"}}'
    site.tell(NODE, f"kubectl patch bgppeer rack-b-tor-1 {_IN} --type merge -p '{change}'")
    expected = ("7 of 8", "not established: ", "FULL", "PENDING", "DRIFT")

    def found() -> bool:
        output = site.shell(NODE).run("metallb status prod").text
        missing = [word for word in expected if word not in output]
        assert not missing, f"{missing} not in {output}"
        return True

    wait_until("everything that the page shows", found, every=0.5, seconds=120)


def _healthy(site: Site) -> None:
    site.tell(BIRD, "birdc enable node_a2")
    change = '{"spec":{"holdTime":"9s"}}'
    site.tell(NODE, f"kubectl patch bgppeer rack-b-tor-1 {_IN} --type merge -p '{change}'")
    site.tell(NODE, "kubectl delete service -l app!=web,component!=apiserver")
    wait_until("every session again", site.established, every=0.5, seconds=120)
    wait_until("a healthy cluster", lambda: site.status() == 0, every=0.5, seconds=120)


def _well(site: Site) -> None:
    wait_until("a healthy cluster", lambda: site.status() == 0, every=0.5, seconds=120)


def _free(site: Site) -> None:
    del site
    no_other_lab("lab")


BEFORE: dict[Key, Callable[[Site], None]] = {
    (START, "kubectl create deployment"): Site.forget_web,
    (START, "kubectl get service web"): _pod_of_web,
    (START, "curl"): _answering,
    (START, "make lab"): _free,
    (GITOPS, "kubectl rollout status deployment/controller"): Site.report_the_rollout,
    (STATUS, "metallb status prod"): _unhealthy,
    ("routers.md", "birdc show protocols all"): _routed,
    (UPGRADE, "kubectl get configmap config"): _configmap,
    (UPGRADE, "kubectl rollout status deployment/controller"): Site.report_the_rollout,
    (UPGRADE, "kubectl get services -A -o wide"): Site.serve_web,
    (UPGRADE, "kubectl get ipaddresspools"): _moved,
    (TROUBLE, "metallb status prod"): _well,
    (TROUBLE, "kubectl describe service web"): _routed,
}
AFTER: dict[Key, Callable[[Site], None]] = {
    (START, "curl"): _no_longer_answering,
    (STATUS, "metallb status prod"): _healthy,
}
CODES: dict[Key, int] = {
    (STATUS, "metallb status prod"): 3,
}
"""Exit codes other than 0 that the page tells of."""

SHOWN: dict[Key, tuple[str, ...]] = {
    (GITOPS, "kubectl apply -f build/rendered/prod/1-prerequisites"): (
        "^customresourcedefinition.apiextensions.k8s.io/bgppeers.metallb.io ",
    ),
    (GITOPS, "kubectl apply -f build/rendered/prod/2-pools"): (
        "^ipaddresspool.metallb.io/public ",
    ),
    (GITOPS, "kubectl apply -f build/rendered/prod/3-controller"): (
        "^deployment.apps/controller ",
    ),
    (GITOPS, "kubectl rollout status"): ('deployment "controller" successfully rolled out',),
    (GITOPS, "kubectl wait"): ("condition met",),
    (GITOPS, "kubectl apply -f build/rendered/prod/4-configuration"): (
        "^bgppeer.metallb.io/rack-a-tor-1 ",
    ),
    (GITOPS, "kubectl apply -f build/rendered/prod/5-speakers"): ("^daemonset.apps/speaker ",),
    (TROUBLE, "metallb status prod"): ("^sessions: 8 of 8 up", "^pool public", "healthy"),
    (TROUBLE, "kubectl logs -n metallb-system -l"): (
        r"^\[pod/speaker-node-a1/speaker\] .*BGP session established.*10\.1\.0\.1",
        r"^\[pod/speaker-rack-b-node2/speaker\] .*BGP session established.*10\.2\.0\.2",
    ),
    (TROUBLE, "kubectl get bgppeers"): ("name: rack-a-tor-1$", "nodeSelectors:", "- node-a1$"),
    (TROUBLE, "kubectl describe service web"): (
        'announcing from node "node-a1" with protocol "bgp"',
        'announcing from node "rack-b-node2"',
        "IPAllocated",
    ),
    (TROUBLE, "kubectl get ipaddresspools"): ("name: public$", "availableIPv4: 15$"),
    (TROUBLE, "kubectl get configurationstates"): ("name: speaker-node-a1$", "result: Valid$"),
    (TROUBLE, "kubectl get validatingwebhookconfigurations"): (
        "caBundle: LS0t",
        "name: metallb-webhook-service$",
    ),
    (TROUBLE, "kubectl logs -n metallb-system deployment/controller"): ('"caller"', "reconcile"),
    (TROUBLE, "kubectl get daemonset,pods"): (
        r"^NAME +DESIRED .*NODE SELECTOR",
        r"^daemonset.apps/speaker +4 ",
        r"^pod/speaker-node-a1 .* node-a1 ",
        r"^pod/controller-",
    ),
    (TROUBLE, "kubectl describe daemonset speaker"): (
        "^Node-Selector: +kubernetes.io/os=linux",
        "Desired Number of Nodes Scheduled: 4",
        "Tolerations: .*control-plane",
    ),
    (UPGRADE, "metallb import config.yaml"): ("delete the ConfigMap",),
    (UPGRADE, "kubectl get services -A -o wide"): (
        r"^default +web +LoadBalancer .* 203\.0\.113\.",
    ),
    (UPGRADE, "kubectl get ipaddresspools"): (
        "^ipaddresspool.metallb.io/public ",
        r"^bgppeer.metallb.io/rack-a-tor-1 +10\.1\.0\.1 +64601 +64512",
        "^bgpadvertisement.metallb.io/public ",
    ),
    (UPGRADE, "kubectl get services -A"): (r"^default +web +LoadBalancer .* 203\.0\.113\.",),
}
"""Patterns of the output, beside the lines that the page shows."""
