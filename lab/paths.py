"""Where the lab keeps its programs and what it runs. Both folders are ignored by git."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "lab" / "tools"
STACKS = ROOT / "lab" / "stacks"
CACHE = ROOT / ".cache" / "lab"
BIN = CACHE / "bin"
RELEASES = CACHE / "releases"
"""Programs of MetalLB releases that the lab does not build, where they are installed: a folder for
each, such as `v0.12.1`. Go can't verify that module: no checksum database has its sum."""
RUN = CACHE / "run"
"""One folder below it for each running lab, named like the lab."""
