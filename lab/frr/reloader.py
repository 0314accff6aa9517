"""Brings FRR to the configuration that MetalLB wrote, each time MetalLB sends a hangup.

Runs as ``python -m lab.frr.reloader FOLDER [VRF ...]``. In the images a shell script does this;
what is agreed with MetalLB is the file frr.conf, the process id in reloader.pid, and SIGHUP.
frr-k8s reads how the last one went from `.status`.

Where VRFs are network namespaces, FRR's configuration names them, and a reload to one that does not
would take them away.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lab.needs import FRR_RELOAD

CONFIGURATION, PID, STATUS = "frr.conf", "reloader.pid", ".status"


def reload(folder: Path, vrfs: Sequence[str] = ()) -> None:
    """One attempt; its outcome is printed and written down."""
    path = folder / CONFIGURATION
    if vrfs:
        namespaces = "".join(f"vrf {name}\n netns /run/netns/{name}\nexit-vrf\n" for name in vrfs)
        whole = folder / f"with-vrfs.{CONFIGURATION}"
        whole.write_text(path.read_text() + namespaces)
        path = whole
    done = subprocess.run(
        [sys.executable, str(FRR_RELOAD), "--reload", "--overwrite", "--stdout", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    word = "failure" if done.returncode else "success"
    # The daemons' answers name the passwords they were given.
    output = "" if word == "success" else _without_passwords(done.stdout + done.stderr)
    print(f"reload: {word}\n{output}", flush=True)
    (folder / STATUS).write_text(f"{int(time.time())} {word}")


def _without_passwords(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "password" not in line)


def main(folder: Path, *vrfs: str) -> None:
    """Wait for hangups until the process ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    (folder / PID).write_text(str(os.getpid()))
    while True:
        # Hangups that come while one is answered are one: the newest file has it all.
        signal.sigwait({signal.SIGHUP})
        reload(folder, vrfs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
