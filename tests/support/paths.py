"""Where the repository is, and its stack files."""

from lab.paths import ROOT as PROJECT_ROOT

__all__ = ["PROJECT_ROOT", "STACKS"]

STACKS = PROJECT_ROOT / "stacks"
