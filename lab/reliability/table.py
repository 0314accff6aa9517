"""The table of outcomes as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from lab.build import module_version
from lab.reliability.bench import HOLD
from lab.reliability.measure import Outcome
from lab.traffic import LONG_CONNECTIONS, LONG_EVERY, SHORT_EVERY

FAULTS_BEGIN = "<!-- faults: made by `make kills` -->"
FAULTS_END = "<!-- faults: end -->"
"""Marks of the page's part about updates that are killed, which `benchmarks.faults` writes."""
LAYER2_BEGIN = "<!-- layer 2: made by python -m benchmarks.layer2 -->"
LAYER2_END = "<!-- layer 2: end -->"
"""Marks of the page's part about pools of layer 2, which `benchmarks.layer2` writes."""
_LAYER2 = """\
## Layer 2

`python -m benchmarks.layer2` writes this part. The stack file is `lab/stacks/Pulumi.layer2.yaml`:
three nodes and no router; the client is in the nodes' network and finds the Service by ARP. *Right
after* is the time until the client's kernel sends frames to the node that it should. MetalLB's
documentation asks for a bug report where another node needs more than about ten seconds.

| event | right after | bound | requests | lost | connections | broken |
|---|---|---|---|---|---|---|
"""
_HEAD = """\
# What a failure costs

Measured, not estimated: `python -m lab reliability -o docs/reliability.md` writes this page. It
runs MetalLB {metallb} (native BGP) against Kubernetes {kubernetes}'s API server, three nodes in one
rack, two BIRD routers with ECMP by layer 4, and a client beyond both, all in network namespaces of
one machine. The stack file is `lab/stacks/Pulumi.lab.yaml`: hold time {hold:g} s, MD5 on every
session. The Service's policy is Local.

During each event the client sends {rate:g} new connections a second and keeps {long} open, each
with a request every {every:g} s. An answer that takes longer than a second is lost; nothing is
retried. *Right after* is the time from the event until both routers' kernels hold exactly the next
hops that they should; *bound* is what was promised beforehand, and why. *Broken* counts how often a
long connection died; it is opened again, and can die again.

| event | right after | bound | requests | lost | connections | broken |
|---|---|---|---|---|---|---|
"""

_FOOT = """
## How to read it

- A route that goes makes the routers spread the address anew. Linux moves some flows of the nodes
  that stay as well, and a server that meets a foreign flow resets it: that is the broken
  connections where a node left in good order. Routers with resilient hashing lose only the flows
  of the node that left.
- A silent failure is noticed by the hold timer alone. Until then the routers go on sending, and
  what they send to the lost node is lost. BFD would be faster; it needs an FRR mode.
- A speaker that loses its sessions dials again after 0, 1, 2, 4 ... seconds, at most 120: the
  longer a router was away, the longer its return can take.
- A node that joins or leaves *by name* changes the selector of its rack's peers, and a speaker
  closes and dials anew every session whose peer object changed: those of all nodes of the rack, one
  router after the other. *By label* no object changes, and only the node's own sessions come or go.
  Give racks a label where nodes come and go under load.
- A pool that no longer holds an address in use takes the address away: clients of the old address
  lose everything, at once and for good. Widen a pool first, move the Services, then narrow it.

## What was done

"""


def parts_of_others(text: str) -> str:
    """The parts between marks, with them, in their order; empty where a page has none."""
    return "".join(
        _part(text, *marks) for marks in ((LAYER2_BEGIN, LAYER2_END), (FAULTS_BEGIN, FAULTS_END))
    )


def _part(text: str, first: str, last: str) -> str:
    _, begin, rest = text.partition(first)
    inside, end, _ = rest.partition(last)
    return f"\n{begin}{inside}{end}\n" if end else ""


def layer2_part(outcomes: Iterable[Outcome]) -> str:
    """The part of the page about layer 2, between its marks."""
    rows = list(outcomes)
    done = "".join(f"- **{row.name}**: {row.what}. Bound: {row.promise}.\n" for row in rows)
    table = "".join(_row(row) for row in rows)
    return f"{LAYER2_BEGIN}\n{_LAYER2}{table}\n{done}{LAYER2_END}\n"


def page(outcomes: Iterable[Outcome]) -> str:
    """The whole page; the same outcomes give the same text."""
    rows = list(outcomes)
    head = _HEAD.format(
        metallb=module_version("go.universe.tf/metallb").removeprefix("v"),
        kubernetes=module_version("k8s.io/kubernetes").removeprefix("v"),
        hold=HOLD,
        rate=1 / SHORT_EVERY,
        long=LONG_CONNECTIONS,
        every=LONG_EVERY,
    )
    table = "".join(_row(row) for row in rows)
    done = "".join(f"- **{row.name}**: {row.what}. Bound: {row.promise}.\n" for row in rows)
    return head + table + _FOOT + done


def _row(row: Outcome) -> str:
    cells = (
        row.name,
        f"{row.seconds:.1f} s",
        f"{row.bound:g} s",
        str(row.sent),
        str(row.lost),
        str(row.connections),
        str(row.broken),
    )
    return "| " + " | ".join(cells) + " |\n"
