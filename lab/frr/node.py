"""FRR on one node: its daemons, the reloader that MetalLB talks to, and what reads vtysh."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab import needs, net
from lab.frr import enclosure, reloader
from lab.needs import FRR
from lab.record import Process, Record
from lab.spawn import spawn, stop, wait_until

_SOCKETS, _SETTINGS = "/run/frr", "/etc/frr"
_USER = "frr"
"""Debian's daemons give up root for this one."""
DAEMONS = ("zebra", "bgpd", "bfdd")
"""In the order in which they start: the others find zebra's socket there."""


@dataclass(frozen=True)
class FrrNode:
    """One node's FRR. Its processes die with the node, as all of `record` that end in @node.

    :ivar vrfs: by name, the network namespaces that are the node's VRFs. FRR takes namespaces for
        VRFs as well as the kernel's VRF devices, which need a module that not every machine has.
    """

    record: Record
    node: str
    ns: str
    folder: Path
    log: Path
    vrfs: Mapping[str, str] = field(default_factory=dict)

    @property
    def _mounts(self) -> dict[str, Path]:
        return {_SOCKETS: self._run, _SETTINGS: self._etc}

    @property
    def _run(self) -> Path:
        return self.folder / "run"

    @property
    def _etc(self) -> Path:
        return self.folder / "etc"

    def start(self, shared: Path) -> None:
        """Start the daemons with nothing configured, and the reloader on the folder that it shares
        with MetalLB."""
        # As in the images, bgpd dials and does not listen.
        self._start_daemons(of_bgpd=["-p", "0"])
        words = [sys.executable, "-m", "lab.frr.reloader", str(shared), *self.vrfs]
        process = self.run("reloader", words, environment=enclosure.ENVIRONMENT)
        ready = shared / reloader.PID
        wait_until(f"the reloader of {self.node}", ready.exists, log=self.log, of=process)

    def start_router(self, configuration: str, port: int = 179) -> None:
        """Start the daemons as those of a router, which listens, and configure them as a person
        does."""
        self._start_daemons(of_bgpd=["-p", str(port)])
        path = self._etc / "generated.conf"
        path.write_text(configuration)
        self._vtysh("-f", f"{self._etc.name}/{path.name}")

    def stop(self) -> None:
        """End the daemons; the kernel's routes go with them."""
        for name in reversed(DAEMONS):
            stop(self.record, f"{name}@{self.node}")

    def _start_daemons(self, of_bgpd: list[str]) -> None:
        for folder in self._mounts.values():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.chown(folder, _USER, _USER)
        settings = self._mounts[_SETTINGS]
        (settings / "vtysh.conf").write_text("service integrated-vtysh-config\n")
        for name in DAEMONS:
            more = of_bgpd if name == "bgpd" else []
            if name == "zebra" and self.vrfs:
                more = ["--vrfwnetns"]
            socket = self._run / f"{name}.vty"
            # One that ended leaves its own behind.
            socket.unlink(missing_ok=True)
            process = self.run(name, [str(FRR / name), "-P", "0", *more, "--log", "stdout"])
            wait_until(f"{name} of {self.node}", socket.exists, log=self.log, of=process)
        wait_until(
            f"answers of FRR on {self.node}",
            lambda: set(DAEMONS) <= set(self.ask("show daemons").split()),
            log=self.log,
        )

    def run(
        self,
        name: str,
        words: list[str],
        *,
        mounts: Mapping[str, Path] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a program that sees this node's FRR."""
        command = self._command(name, words, mounts or {}, environment or {})
        return spawn(
            self.record,
            f"{name}@{self.node}",
            command,
            ns=self.ns,
            log=self.log,
            environment=enclosure.ENVIRONMENT,
        )

    def ask(self, question: str) -> str:
        """What vtysh answers."""
        return self._vtysh("-c", question)

    def _vtysh(self, *words: str) -> str:
        """Relative paths to the daemons' sockets: those of a socket may not be long."""
        places = ["--vty_socket", self._run.name, "--config_dir", self._etc.name]
        return net.run([needs.program("vtysh") or "vtysh", *places, *words], folder=self.folder)

    def _command(
        self,
        name: str,
        words: list[str],
        mounts: Mapping[str, Path],
        environment: Mapping[str, str],
    ) -> list[str]:
        spec = self.folder / f"{name}.json"
        shown = {**self._mounts, **mounts}
        return enclosure.command(spec, words, shown, environment, namespaces=self.vrfs)
