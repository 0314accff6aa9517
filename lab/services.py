"""A Service of type LoadBalancer on the lab's nodes, and the part of kube-proxy it needs.

Each chosen node runs one server and owns the Service's address on its loopback, as IPVS nodes do.
The policy is Local: a node without an endpoint of its own announces nothing, as in a real drain.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab import cluster, net
from lab.api import Api, Object
from lab.fabric import Fabric
from lab.spawn import wait_until

NAMESPACE = "default"


def service(
    name: str, *, pool: str | None = None, policy: str = "Local", port: int = 80, family: str = ""
) -> Object:
    """A Service without a selector: the lab writes its endpoints.

    :param family: `IPv4` or `IPv6`, if not the cluster's first.
    """
    annotations = {"metallb.io/address-pool": pool} if pool else {}
    families = {"ipFamilies": [family]} if family else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": annotations},
        "spec": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": policy,
            "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
            **families,
        },
    }


class Balanced:
    """A running Service: its endpoints, its address on the nodes."""

    def __init__(
        self, api: Api, fabric: Fabric, name: str, *, pool: str | None = None, family: str = ""
    ) -> None:
        self.api, self.fabric, self.name = api, fabric, name
        self.object = service(name, pool=pool, family=family)
        self.endpoints: list[str] = []
        self._laid: dict[str, str] = {}

    def create(self, hosts: Iterable[str]) -> str:
        """Create it with a server on each host; returns its address."""
        self.api.apply(self.object)
        self.set_endpoints(hosts)
        return self.wait_for_address()

    def set_endpoints(self, hosts: Iterable[str]) -> None:
        """Say which nodes serve. A node that left keeps its connections until they end."""
        self.endpoints = list(hosts)
        places = [
            (str(self.fabric.topology.host(host).address), host, True) for host in self.endpoints
        ]
        ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
        self.api.apply(cluster.endpoint_slice(self.name, NAMESPACE, ports, places))
        self.api.apply(cluster.endpoints(self.name, NAMESPACE, ports, places))
        self.lay()

    def address(self) -> str | None:
        """The address that MetalLB gave, if it did yet."""
        found = self.api.get("v1", "Service", self.name, NAMESPACE)
        ingress = found.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        address: str | None = ingress[0].get("ip")
        return address

    def wait_for_address(self, *, other_than: str | None = None) -> str:
        """Wait for an address, or for another one than before."""
        found: list[str] = []

        def given() -> bool:
            address = self.address()
            if address is None or address == other_than:
                return False
            found.append(address)
            return True

        wait_until(f"an address for Service {self.name}", given)
        self.lay()
        return found[-1]

    def lay(self) -> None:
        """Bring the address to the loopback of each serving node, as kube-proxy would."""
        address = self.address()
        if address is None:
            return
        for host in self.endpoints:
            if self._laid.get(host) != address:
                self._take_up(host)
                self.fabric.address("lo", host, _alone(address))
                self._laid[host] = address

    def _take_up(self, host: str) -> None:
        """Remove the address that a host still has."""
        old = self._laid.pop(host, None)
        if old is not None and host in self.fabric.hosts:
            net.ip("addr", "del", _alone(old), "dev", "lo", ns=self.fabric.ns(host))

    def next_hops(self) -> list[str]:
        """What the routers should have: the addresses of the serving nodes."""
        return sorted(str(self.fabric.topology.host(host).address) for host in self.endpoints)

    def routed(self, routers: Iterable[str] | None = None, hosts: Iterable[str] = ()) -> bool:
        """Whether every router's kernel spreads the address over exactly the serving nodes."""
        address = self.address()
        names = routers or [router.name for router in self.fabric.topology.routers]
        chosen = list(hosts) or self.endpoints
        return address is not None and all(
            sorted(self.fabric.next_hops(name, address)) == self._hops_of(name, chosen)
            for name in names
        )

    def _hops_of(self, router: str, hosts: Iterable[str]) -> list[str]:
        """Only the hosts that have a session with that router count for it."""
        peers = {
            session.host: session.remote for session in self.fabric.topology.sessions_of(router)
        }
        return sorted(str(peers[host]) for host in hosts if host in peers)

    def forget(self, host: str) -> None:
        """The host is gone: a new one of that name starts without the address."""
        self._laid.pop(host, None)

    def delete(self) -> None:
        """Take the Service and its address away."""
        self.api.delete(self.object)
        for host in list(self._laid):
            self._take_up(host)


def _alone(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"
