"""Where the lab keeps its programs and what it runs. Both folders are ignored by git."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "lab" / "tools"
STACKS = ROOT / "lab" / "stacks"
CACHE = ROOT / ".cache" / "lab"
BIN = CACHE / "bin"
RUN = CACHE / "run"
"""One folder below it for each running lab, named like the lab."""
