"""What each command of `python -m lab` does."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from lab import build, kubelet, net
from lab.bringup import Cluster, bring_up, find_stack
from lab.errors import LabError
from lab.fabric import Fabric
from lab.guard import guarded
from lab.paths import BIN, ROOT, RUN
from lab.reliability.bench import SPARE
from lab.reliability.measure import Outcome
from lab.reliability.scenarios import run_all
from lab.reliability.table import page, parts_of_others
from lab.scale import measure as measure_scale
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import wait_until
from lab.tour import Tour
from lab.tour import missing as tour_lacks
from lab.upgrade import measured as measured_upgrade
from metallb.program.pulumi_cli import require_cli


def build_tools(_: argparse.Namespace) -> None:
    """Build once; says nothing new the second time."""
    if not build.built():
        print("building kube-apiserver, kubectl, controller and speaker (some minutes, once)")
    print(f"tools in {build.build().relative_to(ROOT)}")


def up(args: argparse.Namespace) -> None:
    """Start a lab with one balanced Service and say how to play with it."""
    lab, stack = Lab(args.name), find_stack(args.stack)
    with guarded(lab, keep=True):
        cluster = bring_up(lab, stack)
        kubelet.start(lab)
        _notice_silence(lab.fabric)
        service = Balanced(lab.api, lab.fabric, "web")
        address = service.create(lab.fabric.hosts)
        wait_until("routes on every router", service.routed)
        client = lab.fabric
        if cluster.topology.routers:
            wait_until("the client's route", lambda: client.next_hops("client", address))
        _remember(cluster)
        print(_how_to_play(cluster, address))


def _notice_silence(fabric: Fabric) -> None:
    """Have nodes give up a connection that nothing comes back on within seconds.

    MetalLB's native speaker counts on TCP alone where a link falls silent, and the kernel's usual
    patience is a quarter of an hour.
    """
    for host in fabric.hosts:
        net.sysctl(fabric.ns(host), net__ipv4__tcp_retries2=3)


def _remember(cluster: Cluster) -> None:
    """Keep for `status` what it can't see from outside."""
    facts = cluster.lab.record.facts
    hosts = set(cluster.lab.fabric.hosts)
    sessions = [s for s in cluster.topology.sessions if s.host in hosts]
    facts["sessions"] = " ".join(f"{s.router}/{s.host}" for s in sessions)
    cluster.lab.record.save()


def _how_to_play(cluster: Cluster, address: str) -> str:
    fabric: Fabric = cluster.lab.fabric
    kubectl = f"{_short(BIN / 'kubectl')} --kubeconfig {_short(cluster.lab.plane.kubeconfig)}"
    stack = _short(cluster.stack) if cluster.stack.is_relative_to(ROOT) else cluster.stack
    # The stack may name a context of its own, which the lab's file has not.
    status = f"{stack} --kubeconfig {_short(cluster.lab.plane.kubeconfig)} --context lab --all"
    return f"""\
The lab runs: {len(fabric.hosts)} nodes, {len(cluster.topology.routers)} routers, Service `web` at \
{address}.

  ask it        ip netns exec {fabric.ns("client")} curl http://{address}/
{_its_way(cluster, address)}
  objects       {kubectl} get bgppeers,ipaddresspools,services -A
  status        metallb status {status}
  logs          {_short(cluster.lab.folder / "logs")}
  break a link  ip -n {fabric.ns("switch")} link set {_port(cluster)} nomaster
  take it away  python -m lab{"" if cluster.lab.name == "lab" else f" --name {cluster.lab.name}"} \
down"""


def _its_way(cluster: Cluster, address: str) -> str:
    """How traffic for the address finds a node."""
    fabric = cluster.lab.fabric
    if not cluster.topology.routers:
        return f"  who answers   ip -n {fabric.ns('client')} neigh show to {address}"
    router = cluster.topology.routers[0].name
    control = cluster.lab.folder / "bird" / f"{router}.ctl"
    return f"""\
  its route     ip -n {fabric.ns(router)} route show {address}
  sessions      birdc -s {_short(control)} show protocols"""


def _port(cluster: Cluster) -> str:
    host = cluster.topology.host(cluster.lab.fabric.hosts[0])
    return cluster.lab.fabric.port(host.segments[0], host.name)


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tour(_: argparse.Namespace) -> None:
    """Play the main job from nothing to nothing, on a lab of its own."""
    lab = Lab("tour")
    if lacks := tour_lacks():
        raise LabError(
            f"this machine lacks {'; '.join(lacks)}",
            detail="The tour runs real programs in network namespaces.",
            help="install what is missing, and run it as root",
        )
    require_cli(ROOT)
    begun = time.monotonic()
    print("starting a lab: API server, routers and nodes are network namespaces", flush=True)
    with guarded(lab):
        lab.start_plane()
        Tour(lab, lambda line: print(line, flush=True)).play()
    print(f"\nThe lab is gone, and every step held: {time.monotonic() - begun:.0f} s.")


def down(args: argparse.Namespace) -> None:
    """Take away the lab, or every lab that left a record, running or crashed."""
    found = sorted(path.name for path in RUN.iterdir()) if RUN.exists() else []
    names = [name for name in found if args.all or name == args.name]
    for name in names:
        Lab(name).down()
    print(f"took away {', '.join(names)}" if names else "nothing runs")


def status(args: argparse.Namespace) -> None:
    """Say which processes live and what the routers think of their sessions."""
    lab = Lab(args.name)
    if not lab.is_up():
        print("no lab runs; `python -m lab up` starts one")
        return
    print(f"stack {lab.record.facts.get('stack', '?')}")
    print(f"API server {lab.record.facts.get('server', '?')}")
    for process in lab.record.processes:
        print(f"  {'runs' if process.alive() else 'DEAD':5} {process.name} (pid {process.pid})")
    for pair in lab.record.facts.get("sessions", "").split():
        router, _, host = pair.partition("/")
        word = "Established" if _established(lab, router, host) else "down"
        print(f"  session {router} - {host}: {word}")


def _established(lab: Lab, router: str, host: str) -> bool:
    try:
        return Fabric.of(lab.record, lab.folder, lab.name).established(router, host)
    except LabError:
        return False


def reliability(args: argparse.Namespace) -> None:
    """Measure every scenario on a lab of its own and write the page."""
    lab = Lab("measure")

    def tell(outcome: Outcome) -> None:
        print(
            f"{outcome.name}: {outcome.seconds:.1f} s, "
            f"{outcome.lost} of {outcome.sent} requests lost",
            file=sys.stderr,
        )

    with guarded(lab):
        outcomes = run_all(bring_up(lab, spare=(SPARE,)), tell)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    former = args.output.read_text(encoding="utf-8") if args.output.exists() else ""
    args.output.write_text(page(outcomes) + parts_of_others(former))
    print(f"wrote {args.output}")


def upgrade(_: argparse.Namespace) -> None:
    """What clients see while MetalLB 0.12.1 is replaced in place."""
    lab = Lab("measure")
    with guarded(lab), tempfile.TemporaryDirectory() as folder:
        found = measured_upgrade(lab, Path(folder))
    print(
        f"{found.what}: {found.seconds:.0f} s; {found.sent} requests, "
        f"{found.lost - found.broken} new connections lost, "
        f"{found.connections} long connections died {found.broken} times"
    )


def scale(_: argparse.Namespace) -> None:
    """A thousand peers without the webhook, then a hundred with it."""
    for nodes, webhook in ((1000, False), (100, True)):
        lab = Lab("measure")
        with guarded(lab):
            print(measure_scale(lab, nodes, webhook=webhook).table())
