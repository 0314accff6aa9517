"""What this machine lacks to run the lab, in words a person can act on.

Looks only: nothing is installed here. CI installs the packages, a person reads the list.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from lab.errors import LabError
from lab.paths import BIN

_PROGRAMS = {
    "go": "Go 1.26 or newer (builds the API server and MetalLB)",
    "ip": "Debian package iproute2",
    "bridge": "Debian package iproute2",
    "etcd": "Debian package etcd-server",
    "bird": "Debian package bird2",
    "birdc": "Debian package bird2",
    "setpriv": "Debian package util-linux",
    "chroot": "Debian package coreutils",
}
FRR = Path("/usr/lib/frr")
"""Where Debian's package frr has its daemons."""
FRR_RELOAD = FRR / "frr-reload.py"
"""FRR's own tool: finds what differs from the running configuration, and configures the daemons."""
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def program(name: str) -> str | None:
    """The program's path; system folders count too, as a plain user's PATH lacks them."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SBIN])
    return shutil.which(name, path=path)


def missing() -> list[str]:
    """Everything that is not here, one line each; empty when the lab can run."""
    lacks = []
    if not sys.platform.startswith("linux"):
        lacks.append("Linux (network namespaces)")
    elif os.geteuid() != 0:
        lacks.append("root (network namespaces)")
    elif not Path("/proc/self/ns/net").exists():
        lacks.append("a kernel with network namespaces")
    lacks += [f"{name}: {package}" for name, package in _PROGRAMS.items() if not program(name)]
    return lacks


def missing_plane() -> list[str]:
    """Everything that is not here of an API server, one line each."""
    built = (
        [] if (BIN / "kube-apiserver").exists() else ["the lab's programs (python -m lab build)"]
    )
    return missing() + built


def missing_frr(*, modes: bool = False) -> list[str]:
    """What is not here of FRR, one line each. The lab's own routers do without.

    :param modes: whether MetalLB is to run in an FRR mode, and not FRR alone.
    """
    daemons = ("zebra", "bgpd", "bfdd")
    lacks = [f"{FRR / name}: Debian package frr" for name in daemons if not (FRR / name).exists()]
    lacks += [] if program("vtysh") else ["vtysh: Debian package frr"]
    if modes and not FRR_RELOAD.exists():
        lacks.append(f"{FRR_RELOAD}: Debian package frr-pythontools")
    return lacks


def require() -> None:
    """Refuse to go on when anything is missing, naming all of it at once."""
    lacks = missing()
    if lacks:
        raise LabError(
            f"this machine lacks {'; '.join(lacks)}",
            detail="The lab runs real programs in network namespaces.",
            help="install what is missing (apt-get install etcd-server bird2 iproute2), "
            "and run it as root",
        )
