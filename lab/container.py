"""Becomes a container's process: root folder, user, capabilities as its pod spec says.

Runs as ``python -m lab.container SPEC.json`` and replaces itself by the program. It does what
a container runtime does of these three and nothing else: no cgroup, no image, no seccomp.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

_PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24
_LAST = 40
_NUMBERS = {"NET_BIND_SERVICE": 10, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_ADMIN": 21}
_DEFAULT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
"""What container runtimes leave to root when a pod drops nothing."""


def main(spec_path: str) -> None:
    """Read the spec, give up what it does not grant, and become the program."""
    spec = json.loads(Path(spec_path).read_text())
    security = spec["security"]
    capabilities = security.get("capabilities", {})
    dropped = {name.upper() for name in capabilities.get("drop", [])}
    kept = set() if "ALL" in dropped else _DEFAULT - {_NUMBERS[name] for name in dropped}
    kept |= {_NUMBERS[name] for name in capabilities.get("add", [])}
    libc = ctypes.CDLL(None, use_errno=True)
    os.chroot(spec["root"])
    os.chdir("/")
    for number in range(_LAST + 1):
        if number not in kept and libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0):
            raise OSError(ctypes.get_errno(), f"dropping capability {number}")
    if security.get("allowPrivilegeEscalation") is False:
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    group = spec.get("group")
    os.setgroups([] if group is None else [group])
    user = spec.get("user", 0)
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execve(  # noqa: S606 - becoming the program is the point
        spec["command"][0], spec["command"], spec["environment"]
    )


if __name__ == "__main__":
    main(sys.argv[1])
