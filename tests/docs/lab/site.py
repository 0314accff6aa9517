"""The cluster and the routers that the pages are about, with a terminal at each."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab import cluster, kubelet, needs, net
from lab.bringup import Cluster, apply_install, prepare, start_controller, variant
from lab.paths import BIN
from lab.rendering import find
from lab.site import Lab
from lab.spawn import wait_until
from metallb.routers.dialects import DIALECTS
from tests.docs.sandbox import environment, own_programs
from tests.docs.shell import Lacking, Shell
from tools.docs.paths import ROOT

KEY = "change-me"
"""The MD5 key of the pages."""
NODE = "node-a1"
"""The reader's, from which the cluster is in reach."""
BIRD, FRR = "rack-a-tor-1", "rack-a-tor-2"
_OWN_RUN = (
    "mount -t tmpfs none /run && mkdir /run/bird /run/frr"
    ' && { chown frr:frr /run/frr 2>/dev/null || true; } && exec "$@"'
)
"""A terminal sees a machine of its own: what programs keep in /run is not the real machine's."""


class Site:
    """The stack `onprem` of the pages, named `prod`, with two routers that the program wrote."""

    def __init__(self, lab: Lab, copy: Path) -> None:
        self.lab, self.copy = lab, copy
        self.shells: dict[str, Shell] = {}
        self.pods: list[dict[str, Any]] = []
        stack = variant(ROOT / "stacks/Pulumi.onprem.yaml", copy / "stacks/Pulumi.prod.yaml", _made)
        self.cluster = prepare(lab, stack)
        for router in (BIRD, FRR):
            lab.fabric.stop_router(router)
        self._environment = self._of_a_reader()
        self._configure_routers()
        self._join_the_racks()
        self._run_metallb(self.cluster)

    @property
    def api(self) -> Any:
        """The API server."""
        return self.lab.api

    def shell(self, place: str) -> Shell:
        """A terminal: of the machine, of a node, or of a router."""
        if place not in self.shells:
            before: list[str] = []
            if place != "machine":
                before = [needs.program("ip") or "ip", "netns", "exec", self.lab.fabric.ns(place)]
            if place in (BIRD, FRR):
                before += ["bash", "-c", _OWN_RUN, "-"]
            self.shells[place] = Shell(self.copy, self._environment, before)
        return self.shells[place]

    def close(self) -> None:
        """Close every terminal. A lab that a page's line left behind is taken away as well."""
        output = self.shell("machine").run("python -m lab down --all")
        for shell in self.shells.values():
            shell.close()
        assert output.text == "nothing runs\n", output.text

    def tell(self, place: str, line: str) -> str:
        """A line that no page shows; it has to succeed."""
        output = self.shell(place).run(line)
        assert output.code == 0, f"{place}: {line}: {output.text}"
        return output.text

    def established(self) -> bool:
        """Whether the routers of the page, and all others, have every session."""
        bird = self.tell(BIRD, "birdc show protocols")
        there = [bird.count("Established") == 2]
        if not needs.missing_frr():
            there.append(len(self.frr_peers("Established")) == 2)
        fabric = self.lab.fabric
        rest = [s for s in self.cluster.topology.sessions if s.router not in (BIRD, FRR)]
        there += [fabric.established(s.router, s.host) for s in rest]
        return all(there)

    def status(self) -> int:
        """What `metallb status` ends with."""
        return self.shell(NODE).run("metallb status prod").code

    def frr_peers(self, state: str) -> list[str]:
        """FRR's neighbors in a state."""
        output = json.loads(self.tell(FRR, "vtysh -c 'show bgp ipv4 unicast summary json'"))
        peers: Mapping[str, Any] = output.get("peers", {})
        return [name for name, peer in peers.items() if peer["state"] == state]

    def _of_a_reader(self) -> dict[str, str]:
        config = json.loads(self.lab.plane.kubeconfig.read_text())
        config["current-context"] = config["contexts"][0]["name"] = "onprem"
        kubeconfig = self.copy / "kubeconfig.json"
        kubeconfig.write_text(json.dumps(config))
        cache = self.copy / ".cache/lab"
        cache.mkdir(parents=True)
        (cache / "bin").symlink_to(BIN)
        own = environment(self.copy)
        path = [*own_programs(self.copy), str(BIN), os.environ["PATH"], "/usr/sbin", "/sbin"]
        return {**own, "PATH": os.pathsep.join(path), "KUBECONFIG": str(kubeconfig)}

    def _configure_routers(self) -> None:
        """Start BIRD and FRR with what the program writes, in place of two of the lab's routers."""
        self.tell(NODE, "kubectl get nodes -o json > nodes-of-the-site.json")
        self.tell(BIRD, f"bird -c {self._written(BIRD, 'bird')}")
        if needs.missing_frr():
            return
        # FRR gives up root before it reads and writes its files.
        for daemon in ("zebra", "bgpd"):
            self.tell(FRR, f"{needs.FRR / daemon} -d -A 127.0.0.1")
        self.tell(FRR, f"vtysh -f {self._written(FRR, 'frr')}")

    def _written(self, router: str, dialect: str) -> str:
        """The file of a router, with the key in the placeholder's place."""
        folder, suffix = "build/of-the-site", DIALECTS[dialect].suffix
        options = f"--dialect {dialect} --router {router} -o {folder}"
        self.tell(NODE, f"metallb routers prod {options} --nodes nodes-of-the-site.json")
        path = f"{folder}/{router}{suffix}"
        self.tell(NODE, f"sed -i 's/MD5-KEY-OF-bgp-password/{KEY}/' {path}")
        return path

    def _join_the_racks(self) -> None:
        """Between racks the lab has no network; the reader's node goes by the management's."""
        fabric = self.lab.fabric
        here = fabric.topology.host(NODE)
        for host in fabric.topology.hosts:
            if host.segments != here.segments:
                (link,) = net.show("addr", "show", "mgmt", ns=fabric.ns(host.name))
                way = link["addr_info"][0]["local"]
                net.ip("route", "add", str(host.address), "via", way, ns=fabric.ns(NODE))

    def _run_metallb(self, made: Cluster) -> None:
        apply_install(made)
        start_controller(made)
        self.lab.apply_when_ready(made.configuration)
        kubelet.start(self.lab)
        made.start_speakers()
        self.report_the_rollout()
        wait_until("a session of every node and router", self.established, every=0.5, seconds=120)

    def report_the_rollout(self) -> None:
        """The status that controllers of workloads would write."""
        (controller,) = find(self.cluster.objects, "Deployment")
        known = self.api.get("apps/v1", "Deployment", "controller", "metallb-system")
        counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        rolled = {"observedGeneration": known["metadata"]["generation"], **dict.fromkeys(counts, 1)}
        self.api.merge(controller, {"status": rolled}, part="status")
        count = len(self.lab.fabric.hosts)
        words = ("currentNumberScheduled", "desiredNumberScheduled", "updatedNumberScheduled")
        status = dict.fromkeys((*words, "numberReady", "numberAvailable"), count)
        (speakers,) = find(self.cluster.objects, "DaemonSet")
        self.api.merge(speakers, {"status": {**status, "numberMisscheduled": 0}}, part="status")

    # -- the Service of the pages --------------------------------------------------------------

    def serve_web(self) -> None:
        """Have Service `web`, with a pod behind it, and wait for its address."""
        if "web" not in self._names("apps/v1", "Deployment"):
            self.tell(NODE, "kubectl create deployment web --image=nginx")
        if "web" not in self._names("v1", "Service"):
            self.tell(NODE, "kubectl expose deployment web --port=80 --type=LoadBalancer")
        self.run_the_pod()
        wait_until("an address of web", self.address_of_web)

    def run_the_pod(self) -> None:
        """The pod that a Deployment's controller, a scheduler and a kubelet would make."""
        if "web-1" not in self._names("v1", "Pod"):
            meta = {"name": "web-1", "namespace": "default", "labels": {"app": "web"}}
            account = {"apiVersion": "v1", "kind": "ServiceAccount"}
            self.api.apply({**account, "metadata": {"name": "default", "namespace": "default"}})
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta}
            container = {"name": "nginx", "image": "nginx", "ports": [{"containerPort": 80}]}
            self.api.create({**pod, "spec": {"containers": [container], "nodeName": NODE}})
            ready = [{"type": "Ready", "status": "True"}]
            status = {"podIP": "10.244.0.2", "podIPs": [{"ip": "10.244.0.2"}], "conditions": ready}
            self.api.merge(pod, {"status": {"phase": "Running", **status}}, part="status")
        cluster.publish_endpoints(self.api, "default")

    def address_of_web(self) -> str:
        """The Service's address; empty while it has none."""
        found = self.api.get("v1", "Service", "web", "default")
        ingress = found["status"].get("loadBalancer", {}).get("ingress") or [{}]
        return str(ingress[0].get("ip", ""))

    def forget_web(self) -> None:
        """A cluster without it."""
        for version, kind, name in (
            ("v1", "Service", "web"),
            ("v1", "Pod", "web-1"),
            ("apps/v1", "Deployment", "web"),
        ):
            meta = {"name": name, "namespace": "default"}
            self.api.delete({"apiVersion": version, "kind": kind, "metadata": meta})

    def on_every_node(self, change: str) -> None:
        """Add the Service's address to each node, as kube-proxy does, or delete it."""
        address = self.address_of_web()
        for host in self.lab.fabric.hosts:
            net.ip("addr", change, f"{address}/32", "dev", "lo", ns=self.lab.fabric.ns(host))

    def routed(self) -> bool:
        """Whether the page's routers have the Service's address in their kernels, by both nodes."""
        routers = [BIRD, FRR] if not needs.missing_frr() else [BIRD]
        address = self.address_of_web()
        hops = [self.lab.fabric.next_hops(router, address) for router in routers]
        return all(each == ["10.1.0.11", "10.1.0.12"] for each in hops)

    def _names(self, version: str, kind: str) -> list[str]:
        return [each["metadata"]["name"] for each in self.api.list(version, kind, "default")]


def _made(config: dict[str, Any]) -> None:
    """The template with the routers' key, and with what lets speakers check a token."""
    config["metallb:bgp"]["password"] = KEY
    config["metallb:install"]["monitoring"] = {"serviceMonitor": True}


def no_other_lab(name: str) -> None:
    """Refuse to start a lab of a name that runs for another user.

    :raises Lacking: it does.
    """
    if net.pids(f"mlb-{name}-cp"):
        raise Lacking(f"a lab of the name {name} runs already; `python -m lab down` ends it")
