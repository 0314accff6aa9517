"""A Service that layer 2 announces: which node answers, and how soon another one takes over.

The client is in the nodes' network and finds the Service by ARP or NDP, as its own kernel does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab import net
from lab.bringup import Cluster
from lab.paths import STACKS
from lab.reliability.measure import Outcome, measure
from lab.services import Balanced
from lab.spawn import wait_until

__all__ = ["POOLS", "STACK", "Shared"]

STACK = STACKS / "Pulumi.layer2.yaml"
POOLS = {"ARP": ("lan", "IPv4"), "NDP": ("lan6", "IPv6")}
"""Pool and address family of each protocol."""
_FETCH = (
    "import socket, sys; s = socket.create_connection((sys.argv[1], 80), 2);"
    r"s.sendall(b'GET / HTTP/1.0\r\n\r\n');"
    r"sys.stdout.write(s.makefile('rb').read().partition(b'\r\n\r\n')[2].decode())"
)
_MEMBERS = "memberlist misses the node's speaker, and the next node in order takes over"
_STEADY = 3.0
"""Seconds; longer than a speaker needs to see another one that is there."""
_FAILOVER = 10.0
"""MetalLB's documentation, concepts, layer 2: more than about 10 s is to be reported as a bug."""


@dataclass
class Shared:
    """A Service whose address the client shares a network with."""

    cluster: Cluster
    service: Balanced
    address: str
    reported: bool = True
    """Whether MetalLB writes which node answers, as 0.15 and later do."""

    @classmethod
    def of(cls, cluster: Cluster, protocol: str = "ARP", *, reported: bool = True) -> Shared:
        """With a server on every node.

        :param protocol: ARP, for an address of IPv4, or NDP, for one of IPv6.
        """
        pool, family = POOLS[protocol]
        api, fabric = cluster.lab.api, cluster.lab.fabric
        service = Balanced(api, fabric, "web", pool=pool, family=family)
        return cls(cluster, service, service.create(fabric.hosts), reported)

    def fetched(self) -> str:
        """What the client gets from the address: the name of the node whose server it reached.

        :raises LabError: no answer.
        """
        # Nothing but the interpreter: this is done again and again.
        command = [sys.executable, "-I", "-S", "-c", _FETCH, self.address]
        return net.run(command, ns=self.cluster.lab.fabric.ns("client"))

    @property
    def answers(self) -> str | None:
        """The node that the client's kernel sends frames to; None where it does not know."""
        return self.cluster.lab.fabric.answers(self.address)

    @property
    def announcers(self) -> set[str]:
        """The nodes whose speakers take themselves for the one that answers."""
        found = self.cluster.lab.api.list("metallb.io/v1beta1", "ServiceL2Status")
        states = [each.get("status", {}) for each in found]
        return {
            str(state.get("node"))
            for state in states
            if state.get("serviceName") == self.service.name
        }

    def settle(self) -> str:
        """The node that answers, once all speakers agree on it and go on doing so.

        Until speakers know each other, each takes itself for the first in order.
        """
        steady: list[tuple[str, float]] = []

        def agreed() -> bool:
            served, found = self.fetched(), self.answers
            if served != found or (self.reported and self.announcers != {found}):
                steady.clear()
                return False
            if not steady or steady[0][0] != found:
                steady[:] = [(served, time.monotonic())]
            return time.monotonic() - steady[0][1] > _STEADY

        wait_until("one node that answers", agreed, every=0.2)
        return steady[0][0]

    def scenarios(self) -> Iterator[Outcome]:
        """Each way in which the node that answers stops doing so; a lost node comes last."""
        lab = self.cluster.lab
        fabric, first = lab.fabric, self.settle()
        pod = lab.speaker(first)
        yield self._moves(
            "answering speaker killed",
            "SIGKILL to the speaker of the node that answers",
            promise=_MEMBERS,
            bound=_FAILOVER,
            event=pod.kill,
            away=first,
        )
        yield self._moves(
            "that speaker back",
            "the same speaker started again",
            promise="it joins the others at once, and the first in order answers",
            bound=_FAILOVER,
            event=pod.start,
            to=first,
        )
        self.settle()
        others = [host for host in fabric.hosts if host != first]
        yield self._moves(
            "answering node drained",
            "its endpoint leaves a Service of policy Local; its server still runs",
            promise="the speakers see the endpoint go, and the next node in order takes over",
            bound=_FAILOVER,
            event=lambda: self.service.set_endpoints(others),
            away=first,
        )
        yield self._moves(
            "answering node filled again",
            "the endpoint comes back",
            promise="the speakers see the endpoint come, and the first in order answers",
            bound=_FAILOVER,
            event=lambda: self.service.set_endpoints(fabric.hosts),
            to=first,
        )
        self.settle()
        segment = fabric.topology.host(first).segments[0]
        yield self._moves(
            "answering node cut off",
            "the frames of the node that answers vanish; both ends still see a carrier",
            promise=_MEMBERS,
            bound=_FAILOVER,
            event=lambda: fabric.cut(segment, first),
            away=first,
        )

    def _moves(self, name: str, what: str, *, away: str = "", to: str = "", **how: Any) -> Outcome:
        """An event that moves the address from a node, or to one."""

        def right() -> bool:
            found = self.answers
            return found == to if to else found not in (None, away)

        return measure(self.cluster.lab, self.service, name=name, what=what, right=right, **how)
