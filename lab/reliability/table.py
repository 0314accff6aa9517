"""The table of outcomes as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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

The same for [layer 2](layer2.md), where one node answers for the address. This part is written by
`python -m benchmarks.layer2`; the stack file is `lab/stacks/Pulumi.layer2.yaml`: three nodes and
no router. The client is in the nodes' network and finds the Service by ARP (IPv4), or by NDP
(IPv6). *Right after* is the time until the client's kernel sends frames to the right node.
MetalLB's documentation calls more than about ten seconds a bug.
"""
_LAYER2_TABLE = """
### By {protocol}

| event | right after | bound | requests | lost | connections | broken |
|---|---|---|---|---|---|---|
"""
_HEAD = """\
# What a failure costs

What clients lose when a speaker dies, a link is cut, a node is drained or a stack file changes,
and how soon the routers have the right routes again. All of it is measured: this page is written
by `python -m lab reliability -o docs/reliability.md`. For your own racks `metallb whatif`
([page](failures.md)) and `metallb impact` ([page](impact.md)) predict sessions and routes.

The lab has MetalLB {metallb} in native mode, the API server of Kubernetes {kubernetes}, three
nodes in one rack, two BIRD routers that spread connections by layer 4, and a client beyond both,
all in network namespaces of one machine. The stack file is `lab/stacks/Pulumi.lab.yaml`: hold
time {hold:g} s, MD5 on every session. The Service's policy is Local.

During each event the client opens {rate:g} new connections a second and keeps {long} open, each
with a request every {every:g} s. An answer that takes longer than a second counts as lost, and
nothing is retried.

| column | |
|---|---|
| right after | from the event until both routers' kernels have exactly the right next hops |
| bound | the most that was expected before the measurement; [its reason](#what-was-done) is below |
| requests, lost | new connections and requests on them, and those without an answer |
| connections, broken | connections kept open, and how often one died; it is opened again |

| event | right after | bound | requests | lost | connections | broken |
|---|---|---|---|---|---|---|
"""

_FOOT = """
## How to read it

- **A node that leaves in good order still breaks connections.** Routers spread the address anew
  over the nodes that stay. Linux moves some flows of these nodes as well, and a server resets a
  flow that it does not know. Routers with resilient hashing move only the flows of the node that
  left.
- **A silent failure costs the hold time.** Until it is over the routers send to the lost node,
  and all of that is lost. [BFD](bfd.md) is faster, and needs an FRR mode.
- **A router that was away for long comes back slowly.** A speaker dials again after 0, 1, 2, 4
  ... seconds, at most 120.
- **Choose a rack's nodes by label where nodes come and go.** A node that joins or leaves *by
  name* changes the selector of the rack's peers, and MetalLB closes every session whose peer
  object changed: those of all nodes of the rack, one router after the other. *By label* no object
  changes, and only the node's own sessions come or go.
- **Never take an address that is in use out of a pool.** Clients of the old address lose
  everything, at once and for good. Widen the pool first, move the Services, then narrow it.

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


def layer2_part(outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    """The part of the page about layer 2, between its marks.

    :param outcomes: those of each protocol, of the same events.
    """
    first = next(iter(outcomes.values()))
    done = "".join(f"- **{row.name}**: {row.what}. Bound: {row.promise}.\n" for row in first)
    tables = "".join(
        _LAYER2_TABLE.format(protocol=protocol) + "".join(map(_row, rows))
        for protocol, rows in outcomes.items()
    )
    return f"{LAYER2_BEGIN}\n{_LAYER2}{tables}\n{done}{LAYER2_END}\n"


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
