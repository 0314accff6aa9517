"""Network namespaces, veth pairs and bridges by the `ip` program.

Only plumbing: which host has which interface is the fabric's business.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lab import needs
from lab.errors import LabError


def run(
    command: list[str],
    *,
    ns: str | None = None,
    text: str | None = None,
    folder: Path | None = None,
) -> str:
    """Run a program, in a namespace when one is named, and give what it printed."""
    if ns is not None:
        command = [_ip(), "netns", "exec", ns, *command]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, cwd=folder
    )
    if done.returncode:
        raise LabError(
            f"`{' '.join(command)}` failed",
            detail=(done.stderr or done.stdout).strip() or f"exit code {done.returncode}",
            help="run `python -m lab down`, then try again",
        )
    return done.stdout


def _ip() -> str:
    return needs.program("ip") or "ip"


def ip(*arguments: str, ns: str | None = None) -> str:
    """One `ip` command."""
    return run([_ip(), *(["-n", ns] if ns else []), *arguments])


def batch(lines: Iterable[str], *, ns: str | None = None) -> None:
    """Many `ip` commands in one process; the first that fails stops the rest."""
    run([_ip(), *(["-n", ns] if ns else []), "-batch", "-"], text="\n".join(lines) + "\n")


def show(*arguments: str, ns: str | None = None) -> list[dict[str, Any]]:
    """An `ip … show` as data."""
    out = run([_ip(), *(["-n", ns] if ns else []), "-j", *arguments])
    found: list[dict[str, Any]] = json.loads(out or "[]")
    return found


def add_namespace(name: str) -> None:
    """Make a namespace with its loopback up."""
    ip("netns", "add", name)
    ip("link", "set", "lo", "up", ns=name)


def delete_namespace(name: str) -> None:
    """Remove a namespace and its cables; one that is gone already is no error.

    The kernel empties a namespace some time after it lost its name. The cables go first, so that
    their far ends are gone at once and their names can be used again.
    """
    if not Path("/run/netns", name).exists():
        return
    for link in show("link", "show", "type", "veth", ns=name):
        with contextlib.suppress(LabError):
            ip("link", "del", link["ifname"], ns=name)
    ip("netns", "del", name)


def delete_link(name: str) -> None:
    """Remove an interface of the machine itself; one that is gone already is no error."""
    with contextlib.suppress(LabError):
        ip("link", "del", name)


def pids(namespace: str) -> list[int]:
    """The processes that run in a namespace; none when it is gone."""
    if not Path("/run/netns", namespace).exists():
        return []
    return [int(pid) for pid in ip("netns", "pids", namespace).split()]


def sysctl(namespace: str, **values: int | str) -> None:
    """Set kernel switches of one namespace; a double underscore stands for the dot."""
    pairs = [f"{name.replace('__', '.')}={value}" for name, value in values.items()]
    run([needs.program("sysctl") or "sysctl", "-q", "-w", *pairs], ns=namespace)


def veth(here: str, there: str, *, there_ns: str, here_ns: str | None = None) -> None:
    """A pair of interfaces: one end in each namespace, both up."""
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", there_ns, ns=here_ns)
    ip("link", "set", here, "up", ns=here_ns)
    ip("link", "set", there, "up", ns=there_ns)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Other labs of this machine wait: between a look at its routes and a new one none may come."""
    with Path("/run/metallb-lab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_network(candidates: Iterable[str]) -> ipaddress.IPv4Network:
    """The first of some networks that this machine neither has nor routes to."""
    taken = [
        ipaddress.ip_network(route["dst"], strict=False)
        for route in show("-4", "route", "show", "table", "all")
        if route.get("dst") not in (None, "default")
    ]
    for candidate in map(ipaddress.IPv4Network, candidates):
        if not any(candidate.overlaps(network) for network in taken if network.version == 4):
            return candidate
    raise LabError(
        f"this machine's routes cover each of {', '.join(candidates)}",
        detail=f"The lab needs one of them for itself; routes are {', '.join(map(str, taken))}.",
        help="remove a route, or a lab that still runs (`python -m lab down`)",
    )
