"""Whether this machine has the engine and its plugins, and what its tests say where it has not."""

import os
import shutil
from pathlib import Path

import pytest

from metallb.pulumi_cli import find_cli

__all__ = ["mark_engine"]

PLUGINS = {"equinix-metal": "3.2.1", "kubernetes": "4.34.2"}


def missing() -> str | None:
    """What this machine lacks, in words; None when the tests can run."""
    if find_cli() is None:
        return "no `pulumi` on PATH or in ~/.pulumi/bin: the engine was NOT tested"
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    lacking = [
        f"{name} {version}"
        for name, version in PLUGINS.items()
        if not (home / f"resource-{name}-v{version}").is_dir()
        and not shutil.which(f"pulumi-resource-{name}")
    ]
    if lacking:
        return f"provider plugins {', '.join(lacking)} not in {home}: the engine was NOT tested"
    return None


def mark_engine(items: list[pytest.Item], folder: Path) -> None:
    """Mark every test of a folder as the engine's; skip them all where something is missing."""
    own = [item for item in items if folder in item.path.parents]
    reason = missing() if own else None
    for item in own:
        item.add_marker(pytest.mark.engine)
        if reason:
            item.add_marker(pytest.mark.skip(reason=f"NOT run: {reason}"))
