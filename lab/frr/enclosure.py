"""Becomes a program that finds a node's own folders where FRR's programs look for theirs.

Runs as ``unshare --mount python -m lab.frr.enclosure SPEC.json`` and replaces itself by the
program. FRR's programs are linked against the machine's libraries, so they get no root folder of
their own as other containers do; of the machine's folders only those that the spec names change.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.needs import program
from lab.paths import ROOT

_RUN = "/run"
_NAMESPACES = f"{_RUN}/netns"
_OWN_PARENT = f"{_RUN}/"


def command(
    spec: Path,
    words: list[str],
    mounts: Mapping[str, Path],
    environment: Mapping[str, str],
    *,
    namespaces: Mapping[str, str] | None = None,
) -> list[str]:
    """The command line that runs `words` with folders of their own; `spec` is written for it.

    :param mounts: what a place shows, by that place. Places outside of /run must exist.
    :param namespaces: network namespaces of the machine, by the names that the program knows them
        by. It sees no others.
    """
    spec.parent.mkdir(parents=True, exist_ok=True)
    places = {place: str(folder) for place, folder in mounts.items()}
    content = {"mounts": places, "command": words, "environment": dict(environment)}
    content["namespaces"] = dict(namespaces or {})
    spec.write_text(json.dumps(content, indent=1))
    unshare = [program("unshare") or "unshare", "--mount", "--propagation", "private"]
    return [*unshare, sys.executable, "-m", "lab.frr.enclosure", str(spec)]


ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
"""What the command line needs in its environment."""


def main(path: str) -> None:
    """Mount what the spec says, as this process alone sees it, and become its program."""
    spec = json.loads(Path(path).read_text())
    # Open before /run is hidden, where they are.
    open_ = {name: _opened(own) for name, own in spec["namespaces"].items()}
    if any(place.startswith(_OWN_PARENT) for place in spec["mounts"]):
        # The machine's /run must not get our folders, nor show its own to the program.
        _mount("-t", "tmpfs", "tmpfs", _RUN)
    for place, folder in spec["mounts"].items():
        if place.startswith(_OWN_PARENT):
            Path(place).mkdir(parents=True, exist_ok=True)
        _mount("--bind", folder, place)
    for name, file in open_.items():
        place = Path(_NAMESPACES, name)
        place.parent.mkdir(exist_ok=True)
        place.touch()
        _mount("--bind", f"/proc/{os.getpid()}/fd/{file}", str(place))
    os.execve(  # noqa: S606 - becoming the program is the point
        spec["command"][0], spec["command"], spec["environment"]
    )


def _opened(namespace: str) -> int:
    return os.open(Path(_NAMESPACES, namespace), os.O_RDONLY)


def _mount(*words: str) -> None:
    subprocess.run([program("mount") or "mount", *words], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
