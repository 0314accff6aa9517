"""Routers of the lab that run what `metallb routers` wrote, in place of the lab's own BIRD."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab import net
from lab.errors import LabError
from lab.frr.node import FrrNode
from lab.services import Balanced
from lab.site import Lab
from metallb.cli import main
from metallb.routers.dialects import DIALECTS

_PLACEHOLDER = "MD5-KEY-OF-bgp-password"


@dataclass
class GeneratedRouters:
    """The routers that were replaced, by name, with the daemons of those that run FRR.

    :ivar key: the MD5 key of the stack file.
    """

    lab: Lab
    stack: Path
    key: str
    frr: dict[str, FrrNode] = field(default_factory=dict)
    bird: list[str] = field(default_factory=list)

    def replace(
        self,
        place: str,
        dialect: str,
        *,
        router: str = "",
        by_address: bool = True,
        port: int = 179,
    ) -> None:
        """Stop a router's program, and start one with the configuration of a dialect.

        :param place: the router as the lab calls it.
        :param router: as `metallb routers` calls it, where that is another name.
        :param by_address: take the nodes' addresses from the cluster.
        :param port: where FRR listens; BIRD's file has it.
        """
        self.stop(place)
        text = self.text(router or place, dialect, by_address=by_address)
        text = text.replace(_PLACEHOLDER, self.key)
        if dialect == "bird":
            self.bird.append(place)
            self.lab.fabric.start_router(place, text)
            return
        self.frr[place] = FrrNode(
            self.lab.record,
            place,
            self.lab.fabric.ns(place),
            self.lab.folder / "generated" / place,
            self.lab.folder / "logs" / f"frr-{place}.log",
        )
        self.frr[place].start_router(text, port)

    def stop(self, place: str) -> None:
        """End whatever runs on a router."""
        if place in self.frr:
            self.frr.pop(place).stop()
            return
        if place in self.bird:
            self.bird.remove(place)
        self.lab.fabric.stop_router(place)

    def restore(self, place: str) -> None:
        """The lab's own BIRD again."""
        self.stop(place)
        self.lab.fabric.start_router(place)

    def text(self, router: str, dialect: str, *, by_address: bool = True) -> str:
        """The configuration as the command writes it."""
        folder = self.lab.folder / "generated" / "files"
        options = ["--dialect", dialect, "--router", router, "-o", str(folder)]
        options += self._cluster() if by_address else []
        self._metallb(*options)
        return (folder / f"{router}{DIALECTS[dialect].suffix}").read_text()

    def state(self, place: str) -> str:
        """What the router shows of its sessions."""
        if place in self.frr:
            return self.frr[place].ask("show bgp neighbors json")
        return self.lab.fabric.birdc(place, "show", "protocols", "all")

    def hops(self, place: str, prefix: str) -> list[str]:
        """The kernel's next hops of a router for a prefix, sorted."""
        family = "-6" if ":" in prefix else "-4"
        routes = net.show(family, "route", "show", "exact", prefix, ns=self.lab.fabric.ns(place))
        found = [
            str(hop["gateway"])
            for route in routes
            for hop in [route, *route.get("nexthops", ())]
            if "gateway" in hop
        ]
        return sorted(found)

    def refusals(self, place: str, *, router: str = "") -> int:
        """How many updates of IPv4 the router's import filter refused, by its own counters."""
        if place not in self.frr:
            shown = self.lab.fabric.birdc(place, "show", "protocols", "all")
            return sum(map(int, re.findall(r"Import updates: +\d+ +\d+ +(\d+)", shown)))
        shown = self.frr[place].ask(f"show route-map metallb-{router or place}-ipv4-in")
        # zebra shows a route map of the same name, which is never used.
        return max(map(int, re.findall(r"deny, sequence \d+ Invoked (\d+)", shown)))

    def check(self, place: str, text: str, *, router: str = "") -> tuple[int, str]:
        """Exit code and output of a comparison with what a router shows."""
        path = self.lab.folder / "generated" / f"{place}.shown"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        options = ["--check", str(path), "--router", router or place, "--strict"]
        return self._run(*options, *self._cluster())

    def _cluster(self) -> list[str]:
        return ["--cluster", "--kubeconfig", str(self.lab.plane.kubeconfig)]

    def _metallb(self, *options: str) -> None:
        code, output = self._run(*options)
        if code:
            raise LabError(f"metallb routers ends with {code}", detail=output)

    def _run(self, *options: str) -> tuple[int, str]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = main(["routers", str(self.stack), *options])
        return code, output.getvalue()


@contextlib.contextmanager
def foreign_service(lab: Lab, address: str) -> Iterator[None]:
    """A Service whose address is of no pool of the stack file, and that every node announces."""
    meta = {"name": "foreign", "namespace": "metallb-system"}
    version = "metallb.io/v1beta1"
    spec = {"addresses": [f"{address}/32"], "autoAssign": False}
    pool = {"apiVersion": version, "kind": "IPAddressPool", "metadata": meta, "spec": spec}
    advert = {"apiVersion": version, "kind": "BGPAdvertisement", "metadata": meta}
    service = Balanced(lab.api, lab.fabric, "foreign", pool="foreign")
    try:
        lab.apply_when_ready([pool, {**advert, "spec": {"ipAddressPools": ["foreign"]}}])
        service.create(lab.fabric.hosts)
        yield
    finally:
        service.delete()
        lab.api.delete(advert)
        lab.api.delete(pool)
