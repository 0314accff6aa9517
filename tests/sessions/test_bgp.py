"""BGP is real: sessions with MD5 from the configured source, routes in kernels, traffic through."""

import json
import re
import sys
from pathlib import Path

import pytest

from lab import bird, net
from lab.fabric import Fabric
from lab.paths import ROOT
from lab.services import Balanced
from lab.spawn import spawn, stop, wait_until
from lab.topology import Session, uplink
from tests.support.running import Running

pytestmark = pytest.mark.lab


def _neighbour(fabric: Fabric, session: Session) -> str:
    return fabric.birdc(session.router, "show", "protocols", "all", bird.protocol(session.host))


def _sessions(running: Running) -> list[Session]:
    return [s for s in running.cluster.topology.sessions if s.host in running.lab.fabric.hosts]


def test_every_node_has_a_session_with_every_router(running: Running) -> None:
    fabric = running.lab.fabric
    assert len(_sessions(running)) == 6
    wait_until(
        "every session",
        lambda: all(fabric.established(s.router, s.host) for s in _sessions(running)),
    )


def test_hold_time_and_as_numbers_are_what_the_stack_file_says(running: Running) -> None:
    wait_until("every session", running.cluster.sessions_up)
    for session in _sessions(running):
        text = _neighbour(running.lab.fabric, session)
        assert re.search(r"Neighbor AS: +65000\b", text)
        assert re.search(r"Local AS: +65530\b", text)
        assert re.search(r"Hold timer: +[\d.]+/3\b", text)
        assert re.search(r"Keepalive timer: +[\d.]+/1\b", text)


def _md5(ns: str) -> dict[str, int]:
    """The kernel's counts of segments whose MD5 signature was missing, unwanted or wrong."""
    names, values = net.run(["grep", "^TcpExt:", "/proc/net/netstat"], ns=ns).splitlines()
    counts = dict(zip(names.split()[1:], map(int, values.split()[1:]), strict=True))
    return {name: counts[name] for name in ("TCPMD5NotFound", "TCPMD5Unexpected", "TCPMD5Failure")}


def test_a_router_with_another_md5_key_gets_no_session(running: Running) -> None:
    fabric = running.lab.fabric
    name = running.cluster.topology.routers[1].name
    config = running.lab.folder / "bird" / f"{name}.conf"
    right = config.read_text()
    assert 'password "lab-md5-key"' in right
    before = _md5(fabric.ns(name))
    try:
        config.write_text(right.replace("lab-md5-key", "another-key"))
        fabric.birdc_write(name, "configure")
        fabric.birdc_write(name, "restart", "all")
        wait_until(
            "segments with a wrong signature",
            lambda: _md5(fabric.ns(name))["TCPMD5Failure"] > before["TCPMD5Failure"],
        )
        assert not any(fabric.established(name, host) for host in fabric.hosts)
    finally:
        config.write_text(right)
        fabric.birdc_write(name, "configure")
        fabric.birdc_write(name, "restart", "all")
        wait_until("every session again", running.cluster.sessions_up)


def test_a_service_gets_an_address_of_the_pool(running: Running, web: Balanced) -> None:
    assert web.address() in [f"203.0.113.{last}" for last in range(128, 144)]


def test_a_pool_without_auto_assign_serves_those_who_name_it(running: Running) -> None:
    service = Balanced(running.lab.api, running.lab.fabric, "inside", pool="intranet")
    try:
        assert service.create(running.lab.fabric.hosts[:1]) in [
            f"203.0.113.{last}" for last in range(160, 176)
        ]
    finally:
        service.delete()


def test_both_routers_kernels_spread_the_address_over_every_node(
    running: Running, web: Balanced
) -> None:
    topology = running.cluster.topology
    nodes = sorted(str(topology.host(host).address) for host in running.lab.fabric.hosts)
    fabric, address = running.lab.fabric, web.address() or ""
    for router in topology.routers:
        wait_until(
            f"the routes of {router.name}",
            lambda name=router.name: fabric.next_hops(name, address) == nodes,  # type: ignore[misc]
        )


def test_requests_reach_every_node_by_both_routers(
    running: Running, web: Balanced, tmp_path: Path
) -> None:
    fabric = running.lab.fabric
    topology = running.cluster.topology
    address = web.address() or ""
    ways = sorted(str(uplink(number)[0]) for number, _ in enumerate(topology.routers))
    assert fabric.next_hops("client", address) == ways
    forwarded = {r.name: _forwarded(fabric.ns(r.name)) for r in topology.routers}

    result = tmp_path / "load.json"
    command = [sys.executable, "-m", "lab.traffic", address, str(result), "2"]
    log = tmp_path / "load.log"
    record, own = running.lab.record, {"PYTHONPATH": str(ROOT)}
    spawn(record, "traffic", command, ns=fabric.ns("client"), log=log, environment=own)
    wait_until("the load's result", result.exists, log=log)
    stop(record, "traffic")
    fates = json.loads(result.read_text())
    assert len(fates) > 100
    assert all(ok for _, _, ok, _ in fates)
    assert {by for _, _, _, by in fates} == set(fabric.hosts)
    for router in topology.routers:
        assert _forwarded(fabric.ns(router.name)) > forwarded[router.name] + 50, router.name


def _forwarded(ns: str) -> int:
    """How many packets a namespace's kernel has forwarded."""
    names, values = net.run(["grep", "^Ip:", "/proc/net/snmp"], ns=ns).splitlines()
    return int(dict(zip(names.split(), values.split(), strict=True))["ForwDatagrams"])


def test_a_service_that_goes_takes_its_route_along(running: Running) -> None:
    fabric = running.lab.fabric
    service = Balanced(running.lab.api, fabric, "brief")
    address = service.create(fabric.hosts)
    wait_until("its routes", service.routed)
    service.delete()
    wait_until(
        "no route",
        lambda: not any(fabric.next_hops(r.name, address) for r in fabric.topology.routers),
    )
