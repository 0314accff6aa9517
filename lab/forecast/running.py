"""One random site that runs: speakers, routers with the files of `metallb routers`, Services."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path

import yaml

from lab import cluster, net, rendering
from lab.api import Object, ident
from lab.fabric import Fabric
from lab.forecast.drawing import KEY, RandomSite, Sections, topology_of
from lab.forecast.ground import SYSTEM, Ground
from lab.forecast.predicting import Table, Tables
from lab.frr import k8s, mode
from lab.frr.node import FrrNode
from lab.generated import GeneratedRouters
from lab.services import NAMESPACE, service
from lab.spawn import stop, wait_until
from metallb.releases import BgpMode
from metallb.topology.nodes import KnownNodes, nodes_of

__all__ = ["Running"]

Ends = tuple[str, str]
"""A session: name of the node, and address of the router."""
_QUIET = {BgpMode.NATIVE: 1.5, BgpMode.FRR: 5.0, BgpMode.FRR_K8S: 6.0}
"""Seconds without a sign after which a change is everywhere: the FRR modes collect changes for some
seconds, and reload then (MetalLB internal/bgp/frr, frr-k8s)."""
_SECOND_ADDRESSES = 50
_PORTS: list[Object] = [{"name": "http", "port": 80, "protocol": "TCP"}]


class _Fabric(Fabric):
    """A network without the lab's own routing daemons."""

    def start_router(self, name: str, text: str | None = None) -> None:
        """Only what is given is started."""
        if text is not None:
            super().start_router(name, text)

    def _start_client(self) -> None:
        """No client calls a Service here: what is compared is tables."""


class Running:
    """One site on the shared ground.

    :ivar addresses: of the Services, by name.
    """

    def __init__(self, ground: Ground, drawn: RandomSite) -> None:
        self.ground, self.drawn, self.lab = ground, drawn, ground.lab
        self.folder = self.lab.folder / "sites"
        self.stack = self._written("site", drawn.config)
        self.topology = topology_of(drawn)
        self.addresses: dict[str, str] = {}
        self.frr: dict[str, FrrNode] = {}
        self._objects: list[Object] = []
        self._nodes_by_hop: dict[str, str] = {}

    def _written(self, name: str, config: Sections) -> Path:
        path = self.folder / f"Pulumi.{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        prefixed = {f"metallb:{key}": value for key, value in config.items()}
        path.write_text(yaml.safe_dump({"config": prefixed}, sort_keys=False))
        return path

    # -- start and end -------------------------------------------------------------------------

    def start(self) -> None:
        """Everything; sessions and routes come meanwhile."""
        self.ground.install(self.drawn.mode)
        lab = self.lab
        self.fabric = lab.fabric = _Fabric(lab.record, lab.folder, lab.name, self.topology)
        self.fabric.start(lab.plane)
        self._address_routers()
        for host in self.topology.hosts:
            self.fabric.add_host(lab.plane, host)
            cluster.add_node(lab.api, host)
            if host.address6 is not None:
                addresses = [
                    {"type": "InternalIP", "address": str(each)}
                    for each in (host.address, host.address6)
                ]
                status = {"status": {"addresses": addresses}}
                lab.api.merge(cluster.node(host), status, part="status")
        self.routers = GeneratedRouters(lab, self.stack, KEY)
        for name in self.drawn.dialects:
            self.start_router(name)
        self.change(self.stack)
        for host in self.topology.hosts:
            self._start_node(host.name)
        for offer in self.drawn.services:
            self._offer(offer.name)
        for offer in self.drawn.services:
            wait_until(f"an address for {offer.name}", lambda o=offer: self._address(o.name))  # type: ignore[misc]
        self._nodes_by_hop = dict(self._hops())

    def _address_routers(self) -> None:
        """A router of a network with both IP versions has addresses of both, whichever the nodes
        connect to."""
        for segment in self.topology.segments:
            for number, (router, address) in enumerate(segment.routers.items()):
                network = segment.network6 if address.version == 4 else segment.network
                if network is not None:
                    own = segment.prefix(network[_SECOND_ADDRESSES + number])
                    self.fabric.address(segment.name, router, own)

    def end(self) -> None:
        """Take the site away and leave the ground."""
        api, record = self.lab.api, self.lab.record
        for offer in self.drawn.services:
            api.delete(service(offer.name))
            api.delete(cluster.endpoint_slice(offer.name, NAMESPACE, _PORTS, []))
        for each in reversed(self._objects):
            api.delete(each)
        names = [host.name for host in self.topology.hosts]
        names += [router.name for router in self.topology.routers]
        for process in [p for p in record.processes if p.name.rpartition("@")[2] in names]:
            stop(record, process.name)
        for host in self.topology.hosts:
            self.fabric.remove_host(host.name)
            api.delete(cluster.node(host))
        for pod in [pod for pod in self.lab.pods.values() if pod.node in names]:
            api.delete(pod_object(pod.name))
            del self.lab.pods[pod.name]
        for part in [*(router.name for router in self.topology.routers), "client", "switch"]:
            net.delete_namespace(self.fabric.ns(part))
            record.namespaces.remove(self.fabric.ns(part))
        record.save()

    def place(self, router: str) -> str:
        """The lab's name of a router of `metallb routers`."""
        return router if len(self.drawn.config["platform"]["racks"]) > 1 else router.split("-")[1]

    def start_router(self, router: str) -> None:
        """Start a router's program with its file."""
        port = next(session.port for session in self.topology.sessions_of(self.place(router)))
        self.routers.replace(
            self.place(router),
            self.drawn.dialects[router],
            router=router,
            by_address=router not in self.drawn.ranges,
            port=port,
        )

    def stop_router(self, router: str) -> None:
        """End a router's program; its kernel's routes go with it."""
        self.routers.stop(self.place(router))

    def _start_node(self, host: str) -> None:
        if self.drawn.mode is BgpMode.FRR:
            self.frr[host] = mode.start_beside_frr(self.lab, self.ground.daemon_set, host)
            return
        if self.drawn.mode is BgpMode.FRR_K8S:
            self.frr[host] = k8s.start_daemon(self.lab, self.ground.daemon_of_frr, host)
        self.lab.start_speaker(self.ground.daemon_set, host)

    def _offer(self, name: str) -> None:
        offer = next(each for each in self.drawn.services if each.name == name)
        made = service(name, pool=offer.pool, policy="Local" if offer.local else "Cluster")
        made["spec"]["ipFamilies"] = [f"IPv{offer.version}"]
        self.lab.api.apply(made)
        hosts = [self.topology.hosts[place] for place in offer.places]
        places = [(str(host.address), host.name, True) for host in hosts]
        self.lab.api.apply(cluster.endpoint_slice(name, NAMESPACE, _PORTS, places))

    def _address(self, name: str) -> str | None:
        found = self.lab.api.get("v1", "Service", name, NAMESPACE)
        ingress = found.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        if "ip" in ingress[0]:
            self.addresses[name] = ingress[0]["ip"]
        return self.addresses.get(name)

    # -- changes -------------------------------------------------------------------------------

    def written(self, config: Sections) -> Path:
        """A changed stack file."""
        return self._written("edited", config)

    def change(self, to: Path) -> None:
        """Bring the cluster to a stack file."""
        folder = self.lab.folder / "rendered" / to.stem
        objects = [each for each in rendering.render(to, folder) if _is_routing(each)]
        kept = {ident(each) for each in objects}
        self.lab.apply([each for each in objects if not rendering.is_configuration(each)])
        self.lab.apply_when_ready([each for each in objects if rendering.is_configuration(each)])
        for each in self._objects:
            if ident(each) not in kept:
                self.lab.api.delete(each)
        self._objects = objects

    def wait_until_quiet(self) -> None:
        """Wait until no speaker and no FRR has heard of anything new for a while."""
        wait = _QUIET[self.drawn.mode]
        signs = self._signs()
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal signs, since
            now = self._signs()
            if now != signs:
                signs, since = now, time.monotonic()
            return time.monotonic() - since > wait

        wait_until("the end of the change", quiet, seconds=90, every=0.2)

    def _signs(self) -> object:
        """Changes as long as the nodes change anything."""
        logs = [
            self.lab.speaker(host.name).log_text().count('"event":"configLoaded"')
            for host in self.topology.hosts
        ]
        return logs, [frr.log.read_text().count("reload: ") for frr in self.frr.values()]

    # -- what there is -------------------------------------------------------------------------

    def known_nodes(self) -> KnownNodes:
        """The cluster's nodes, as `--cluster` reads them."""
        return nodes_of(self.lab.api.list("v1", "Node"))

    def sessions(self) -> Mapping[Ends, object]:
        """The sessions that are up: a value that differs after the session was opened again."""
        found: dict[Ends, object] = {}
        if self.frr:
            for node, frr in self.frr.items():
                for address, shown in json.loads(frr.ask("show bgp neighbors json")).items():
                    if isinstance(shown, dict) and shown.get("bgpState") == "Established":
                        found[node, address] = int(shown["bgpTimerUpEstablishedEpoch"])
            return found
        for host in self.topology.hosts:
            up: dict[str, int] = {}
            for line in self.lab.speaker(host.name).log_text().splitlines():
                if '"event":"sessionUp"' in line:
                    address = re.sub(r":\d+$", "", line.partition('"peer":"')[2].partition('"')[0])
                    up[address] = up.get(address, 0) + 1
            found |= {(host.name, address): count for address, count in up.items()}
        return found

    def tables(self) -> Tables:
        """Every route with a next hop that a router's kernel has: nodes by prefix."""
        return {router: self._table(self.place(router)) for router in self.drawn.dialects}

    def _table(self, place: str) -> Table:
        found: dict[str, frozenset[str]] = {}
        for family in ("-4", "-6"):
            for route in net.show(family, "route", "show", ns=self.fabric.ns(place)):
                hops = [route, *route.get("nexthops", ())]
                gateways = {
                    str(hop.get("gateway") or hop["via"]["host"])
                    for hop in hops
                    if "gateway" in hop or "via" in hop
                }
                if gateways:
                    prefix = str(ip_network(route["dst"]))
                    nodes = {self._nodes_by_hop.get(each, each) for each in gateways}
                    found[prefix] = found.get(prefix, frozenset()) | nodes
        return found

    def _hops(self) -> list[tuple[str, str]]:
        """Every address of a node, link-local ones among them, with the node's name."""
        found = []
        for host in self.topology.hosts:
            for link in net.show("addr", "show", ns=self.fabric.ns(host.name)):
                for each in link["addr_info"]:
                    if not ip_address(each["local"]).is_loopback:
                        found.append((each["local"], host.name))
        return found


def pod_object(name: str) -> Object:
    """As much of a pod as its deletion needs."""
    metadata = {"name": name, "namespace": SYSTEM}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def _is_routing(each: Object) -> bool:
    """Whether an object is of the stack file's own configuration, and not of the installation."""
    return rendering.is_configuration(each) or each["kind"] == "Secret"
