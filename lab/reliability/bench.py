"""A whole cluster with a balanced Service, on which experiments are run one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.bringup import Cluster
from lab.reliability.measure import Outcome, measure
from lab.services import Balanced
from lab.spawn import wait_until

HOLD = 3.0
"""The lab stack's hold time in seconds."""
SLACK = 2.0
"""BIRD's timers and the kernel's table on a busy machine."""
AT_ONCE = "the session's TCP connection ends with the process"
REDIAL = "a speaker dials again after 0, 1, 2, 4 ... seconds"
SPARE = "node4"


@dataclass
class Bench:
    """A whole cluster with a balanced Service, on which scenarios are run one after another."""

    cluster: Cluster
    service: Balanced
    hosts: list[str]

    def whole(self, routers: list[str] | None = None) -> bool:
        """Whether routers have all the routes that they should."""
        return self.service.routed(routers, self.hosts)

    def without(self, host: str) -> bool:
        """Whether routers have all routes but those to one node."""
        return self.service.routed(None, [name for name in self.hosts if name != host])

    def settle(self) -> None:
        """Wait until all is whole again, for routers and client."""
        fabric = self.cluster.lab.fabric
        wait_until("a whole cluster", self.whole)
        wait_until("every session", self.cluster.sessions_up)
        count = len(fabric.topology.routers)
        address = self.service.address() or ""
        wait_until("the client's routes", lambda: len(fabric.next_hops("client", address)) == count)

    def run(self, name: str, what: str, **how: Any) -> Outcome:
        """One experiment on this bench."""
        return measure(self.cluster.lab, self.service, name=name, what=what, **how)
