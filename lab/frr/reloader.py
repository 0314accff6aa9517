"""Brings FRR to the configuration that MetalLB wrote, each time MetalLB sends a hangup.

Runs as ``python -m lab.frr.reloader FOLDER``. In the images a shell script does this; what is
agreed with MetalLB is the file frr.conf, the process id in reloader.pid, and SIGHUP. frr-k8s reads
how the last one went from `.status`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lab.needs import FRR_RELOAD

CONFIGURATION, PID, STATUS = "frr.conf", "reloader.pid", ".status"


def reload(folder: Path) -> None:
    """One attempt; its outcome is printed and written down."""
    done = subprocess.run(
        [sys.executable, str(FRR_RELOAD), "--reload", "--overwrite", "--stdout",
         str(folder / CONFIGURATION)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    word = "failure" if done.returncode else "success"
    # The daemons' answers name the passwords they were given.
    output = "" if word == "success" else _without_passwords(done.stdout + done.stderr)
    print(f"reload: {word}\n{output}", flush=True)
    (folder / STATUS).write_text(f"{int(time.time())} {word}")


def _without_passwords(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "password" not in line)


def main(folder: Path) -> None:
    """Wait for hangups until the process ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    (folder / PID).write_text(str(os.getpid()))
    while True:
        # Hangups that come while one is answered are one: the newest file has it all.
        signal.sigwait({signal.SIGHUP})
        reload(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
