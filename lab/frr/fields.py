"""A site for the sessions that only the FRR modes have: a dynamic AS number, no address, a VRF.

The router is FRR. A node reaches it by its rack's network, by a cable of its own whose ends have
no address but those that IPv6 gives each interface, and by a network of the VRF.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from pathlib import Path

from lab import net
from lab.bringup import Cluster
from lab.frr.bringup import UP, prepared, start
from lab.frr.node import FrrNode
from lab.paths import STACKS
from lab.site import Lab
from lab.spawn import wait_until
from lab.topology import Host, Segment, Topology

STACK = STACKS / "Pulumi.frr-fields.yaml"
ROUTER, CABLE, VRF = "router", "cable", "red"
_RACK = Segment("rack0", ipaddress.IPv4Network("203.0.113.0/26"), {})
_RED = Segment(VRF, ipaddress.IPv4Network("198.51.100.0/26"), {})
_FIRST = 11
HOSTS = ("node1", "node2")
SITE = Topology(
    tuple(
        Host(name, _RACK.network[_FIRST + place], (_RACK.name,)) for place, name in enumerate(HOSTS)
    ),
    (),
    (_RACK, _RED),
    (),
)
_HEAD = """\
bfd
 profile quick
  receive-interval 200
  transmit-interval 200
 exit
exit
router bgp 65530
 bgp router-id 203.0.113.1
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
"""
_NEIGHBOR = """\
 neighbor {0} {1}remote-as external
 neighbor {0} bfd
 neighbor {0} bfd profile quick
 address-family ipv4 unicast
  neighbor {0} activate
 exit-address-family
"""


@dataclass
class Fields:
    """The running site."""

    cluster: Cluster
    router: FrrNode
    nodes: dict[str, FrrNode] = field(default_factory=dict)

    @property
    def expected(self) -> set[str]:
        """The router's names for its neighbors: each node's three ends."""
        return {
            end
            for place, host in enumerate(HOSTS)
            for end in (
                str(_RACK.network[_FIRST + place]),
                f"{CABLE}-{host}",
                str(_RED.network[_FIRST + place]),
            )
        }

    def neighbors(self) -> dict[str, dict[str, object]]:
        """What the router shows of each neighbor."""
        found: dict[str, dict[str, object]] = json.loads(self.router.ask("show bgp neighbors json"))
        return found

    def established(self) -> set[str]:
        """The neighbors whose sessions are up."""
        return {
            name
            for name, shown in self.neighbors().items()
            if isinstance(shown, dict) and shown.get("bgpState") == "Established"
        }

    def watched(self) -> set[str]:
        """The neighbors whose session is up for BFD as well."""
        return {
            name
            for name, shown in self.neighbors().items()
            if isinstance(shown, dict) and _bfd(shown) == "Up"
        }

    def receivers(self, prefix: str) -> set[str]:
        """The neighbors that the router has a route from."""
        shown = json.loads(self.router.ask(f"show bgp ipv4 unicast {prefix} json"))
        return {
            str(path["peer"].get("interface") or path["peer"]["peerId"])
            for path in shown.get("paths", ())
        }


def _bfd(shown: dict[str, object]) -> str:
    info = shown.get("peerBfdInfo")
    return str(info.get("status")) if isinstance(info, dict) else ""


def bring_up(lab: Lab, bgp_mode: str, stack: Path = STACK) -> Fields:
    """The whole site, until every session is established.

    :param stack: the stack file, whose BGP mode is that.
    """
    cluster = prepared(lab, stack, bgp_mode, SITE)
    router = _lay(lab)
    found = Fields(cluster, router)
    lab.apply_when_ready(cluster.configuration)
    for host in HOSTS:
        found.nodes[host] = start(cluster, bgp_mode, host, {VRF: lab.fabric.ns(f"{host}-{VRF}")})
    wait_until(
        "every session", lambda: found.established() == found.expected, seconds=UP, log=router.log
    )
    return found


def _lay(lab: Lab) -> FrrNode:
    """The router and its cables."""
    fabric = lab.fabric
    ns = fabric.ns(ROUTER)
    lab.record.add_namespace(ns)
    net.sysctl(ns, net__ipv4__ip_forward=1)
    for segment in (_RACK, _RED):
        fabric.plug(segment.name, ROUTER, segment.prefix(segment.network[1]))
    text = _HEAD
    for place, host in enumerate(HOSTS):
        net.veth(CABLE, f"{CABLE}-{host}", here_ns=fabric.ns(host), there_ns=ns)
        lab.record.add_namespace(fabric.ns(f"{host}-{VRF}"))
        own = _RED.network[_FIRST + place]
        fabric.plug(_RED.name, f"{host}-{VRF}", _RED.prefix(own))
        text += _NEIGHBOR.format(_RACK.network[_FIRST + place], "")
        text += _NEIGHBOR.format(f"{CABLE}-{host}", "interface ")
        text += _NEIGHBOR.format(own, "")
    log = lab.folder / "logs" / f"frr-{ROUTER}.log"
    router = FrrNode(lab.record, ROUTER, ns, lab.folder / "frr-router", log)
    router.start_router(text)
    return router
