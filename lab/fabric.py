"""The network of the lab: a switch, hosts, routers with BIRD and a client, each a namespace.

Every segment is a bridge in the switch's namespace. A port taken off its bridge drops frames while
both ends still see a carrier: the silent failure that only a hold timer notices.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import bird, net
from lab.controlplane import ControlPlane
from lab.needs import program
from lab.record import Record
from lab.spawn import spawn, stop, wait_until
from lab.topology import CLIENT_ADDRESS, Host, Topology, uplink

_HOST_NUMBER = 10
"""Management addresses of hosts start here."""


@dataclass
class Fabric:
    """A running network. `topology` is the whole site; hosts are added one by one."""

    record: Record
    folder: Path
    name: str
    topology: Topology
    hosts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, record: Record, folder: Path, name: str) -> Fabric:
        """A fabric that an earlier command started, good for questions about it."""
        return cls(record, folder, name, Topology((), (), (), ()))

    def ns(self, part: str) -> str:
        """The namespace of a host, a router, ``client`` or ``switch``."""
        return f"mlb-{self.name}-{part}"

    def start(self, plane: ControlPlane) -> None:
        """Switch, routers and client; hosts come with `add_host`.

        The client is beyond the routers, and in the network itself of racks that have none.
        """
        self.record.add_namespace(self.ns("switch"))
        for segment in self.topology.segments:
            self._bridge(segment.name)
        self.record.add_namespace(self.ns("client"))
        net.ip("addr", "add", f"{CLIENT_ADDRESS}/32", "dev", "lo", ns=self.ns("client"))
        net.sysctl(self.ns("client"), net__ipv4__fib_multipath_hash_policy=1)
        for number, router in enumerate(self.topology.routers):
            ns = self.ns(router.name)
            self.record.add_namespace(ns)
            net.sysctl(ns, net__ipv4__ip_forward=1, net__ipv4__fib_multipath_hash_policy=1)
            self._no_reverse_filter(ns)
            theirs, ours = uplink(number)
            self._bridge(f"up{number}")
            self.plug(f"up{number}", router.name, f"{theirs}/31")
            self.plug(f"up{number}", "client", f"{ours}/31")
            for segment in self.topology.segments:
                if router.name in segment.routers:
                    address = segment.routers[router.name]
                    self.plug(segment.name, router.name, segment.prefix(address))
            self.start_router(router.name)
        for segment in self.topology.segments:
            if not segment.routers:
                first, *others = map(segment.prefix, segment.neighbours)
                self.plug(segment.name, "client", first)
                for address in others:
                    self.address(segment.name, "client", address)
        self._start_client()

    def add_host(self, plane: ControlPlane, host: Host) -> None:
        """A node joins: namespace, links, default routes by all of its routers if it has any."""
        ns = self.ns(host.name)
        self.record.add_namespace(ns)
        net.sysctl(ns, net__ipv4__ip_forward=1, net__ipv4__fib_multipath_hash_policy=1)
        self._no_reverse_filter(ns)
        # A node is up long before its speaker: link-local addresses are usable at once here too.
        net.sysctl(ns, net__ipv6__conf__default__accept_dad=0)
        place = [h.name for h in self.topology.hosts].index(host.name)
        plane.attach_host(ns, _HOST_NUMBER + place)
        for segment in map(self.topology.segment, host.segments):
            self.plug(segment.name, host.name, segment.prefix(host.address))
            if host.address6 is not None:
                self.address(segment.name, host.name, segment.prefix(host.address6))
        hops = [
            part
            for _, address, segment in self.topology.routers_of(host)
            for part in ("nexthop", "via", str(address), "dev", segment)
        ]
        if hops:
            net.ip("route", "add", "default", *hops, ns=ns)
        else:
            # As kube-proxy does with strictARP: Linux otherwise answers on every interface for
            # every address that it has, a Service's among them.
            net.sysctl(ns, net__ipv4__conf__all__arp_ignore=1, net__ipv4__conf__all__arp_announce=2)
        self.hosts.append(host.name)

    def remove_host(self, name: str) -> None:
        """A node's power is cut: its processes die with its namespace."""
        gone = [p for p in self.record.processes if p.name.endswith(f"@{name}")]
        for process in gone:
            stop(self.record, process.name)
        net.delete_namespace(self.ns(name))
        self.record.namespaces.remove(self.ns(name))
        self.record.save()
        self.hosts.remove(name)

    # -- layer 2 -------------------------------------------------------------------------------

    def _bridge(self, segment: str) -> None:
        switch = self.ns("switch")
        net.ip("link", "add", f"b-{segment}", "type", "bridge", "forward_delay", "0", ns=switch)
        net.ip("link", "set", f"b-{segment}", "up", ns=switch)

    def port(self, segment: str, part: str) -> str:
        """The switch's end of the cable between a segment and a host, router or client."""
        return f"p{zlib.crc32(f'{segment}/{part}'.encode()):08x}"

    def plug(self, segment: str, part: str, address: str) -> None:
        """Lay a cable; the far end is named like the segment."""
        port = self.port(segment, part)
        net.veth(port, segment, here_ns=self.ns("switch"), there_ns=self.ns(part))
        self.mend(segment, part)
        self.address(segment, part, address)

    def address(self, segment: str, part: str, address: str) -> None:
        """Give the far end of a cable an address, which is usable at once."""
        # No other host has it, so a second of duplicate address detection is left out.
        at_once = ("nodad",) if ":" in address else ()
        net.ip("addr", "add", address, "dev", segment, *at_once, ns=self.ns(part))

    def cut(self, segment: str, part: str) -> None:
        """Frames vanish without a sign; neither end sees its carrier go."""
        net.ip("link", "set", self.port(segment, part), "nomaster", ns=self.ns("switch"))

    def mend(self, segment: str, part: str) -> None:
        """The opposite of `cut`."""
        port = self.port(segment, part)
        net.ip("link", "set", port, "master", f"b-{segment}", ns=self.ns("switch"))

    @staticmethod
    def _no_reverse_filter(ns: str) -> None:
        """Answers may leave by another router than the one the request came by."""
        net.sysctl(ns, net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__default__rp_filter=0)

    # -- routers -------------------------------------------------------------------------------

    def start_router(self, name: str, text: str | None = None) -> None:
        """Write a router's configuration and start its BIRD.

        :param text: the configuration, if not the lab's own.
        """
        if text is not None:
            self._start_bird(name, text)
            return
        number = [router.name for router in self.topology.routers].index(name)
        router = self.topology.routers[number]
        text = bird.router(
            router_id=uplink(number)[0],
            asn=router.asn,
            sessions=self.topology.sessions_of(name),
            uplink=uplink(number),
            log=str(self.folder / "logs" / f"bird-{name}.log"),
        )
        self._start_bird(name, text)

    def _start_client(self) -> None:
        neighbours = [
            (router.name, router.asn, *uplink(number))
            for number, router in enumerate(self.topology.routers)
        ]
        log = str(self.folder / "logs" / "bird-client.log")
        self._start_bird("client", bird.client(routers=neighbours, log=log))

    def _start_bird(self, part: str, text: str) -> None:
        config = self.folder / "bird" / f"{part}.conf"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.touch(mode=0o600)
        config.write_text(text)
        log = self.folder / "logs" / f"bird-{part}.out"
        command = [program("bird") or "bird", "-f", "-c", str(config), "-s", str(self._ctl(part))]
        process = spawn(self.record, f"bird@{part}", command, ns=self.ns(part), log=log)
        wait_until(
            f"bird of {part}", lambda: self.birdc(part, "show", "status"), log=log, of=process
        )

    def stop_router(self, name: str) -> None:
        """End a router's BIRD; its kernel's routes go with it."""
        stop(self.record, f"bird@{name}")

    def _ctl(self, part: str) -> Path:
        return self.folder / "bird" / f"{part}.ctl"

    def birdc(self, part: str, *words: str) -> str:
        """Ask a BIRD; it changes nothing."""
        return net.run([program("birdc") or "birdc", "-s", str(self._ctl(part)), "-r", *words])

    def birdc_write(self, part: str, *words: str) -> str:
        """Tell a BIRD to do something."""
        return net.run([program("birdc") or "birdc", "-s", str(self._ctl(part)), *words])

    def established(self, router: str, host: str) -> bool:
        """Whether the router's own view of a host's session is Established."""
        out = self.birdc(router, "show", "protocols", bird.protocol(host))
        return bool(re.search(r"\bEstablished\b", out))

    def answers(self, address: str) -> str | None:
        """The host that the client sends frames for an address of its own network to."""
        found = net.show("neigh", "show", "to", address, ns=self.ns("client"))
        macs = {entry.get("lladdr") for entry in found}
        return next((host for host in self.hosts if self._macs(host) & macs), None)

    def _macs(self, host: str) -> set[str | None]:
        return {link.get("address") for link in net.show("link", "show", ns=self.ns(host))} - {
            "00:00:00:00:00:00"
        }

    def next_hops(self, part: str, address: str) -> list[str]:
        """The kernel's next hops for an address, in order; empty without a route."""
        routes = net.show("-4", "route", "show", "exact", f"{address}/32", ns=self.ns(part))
        return [hop for route in routes for hop in _hops(route)]


def _hops(route: dict[str, Any]) -> list[str]:
    if "gateway" in route:
        return [route["gateway"]]
    return sorted(hop["gateway"] for hop in route.get("nexthops", []) if "gateway" in hop)
