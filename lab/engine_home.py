"""A home for an engine of `make engine` on the emulated cloud: its own plugins, and the lab's.

The published Equinix Metal plugin can't be built from Go modules. The lab has one of its own for
the emulated cloud; it lies in a home apart, so that no real account ever meets it.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.paths import ROOT
from metallb.pulumi_cli import BUILT, PulumiCli

__all__ = ["METAL_VERSION", "emulated_home"]

METAL_VERSION = "3.2.1"
"""What the Python package in requirements.txt asks for."""
_HOME = "PULUMI_HOME"
_PLUGIN = "pulumi-resource-equinix-metal"


def emulated_home(cli: PulumiCli, folder: Path = BUILT / "emulated") -> Mapping[str, str]:
    """Environment of a built engine that finds the lab's plugin; nothing for any other engine.

    An engine that was installed fetches the published plugin.
    """
    if cli.environment.get(_HOME) != str(BUILT):
        return {}
    plugins = folder / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    for installed in (BUILT / "plugins").iterdir():
        link = plugins / installed.name
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(installed)
    program = plugins / f"resource-equinix-metal-v{METAL_VERSION}" / _PLUGIN
    program.parent.mkdir(exist_ok=True)
    command = shlex.join([sys.executable, "-m", "lab.metal_plugin"])
    text = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {command} "$@"\n'
    if not program.exists() or program.read_text() != text:
        made = program.with_name(f"{_PLUGIN}.new")
        made.write_text(text)
        made.chmod(0o755)
        made.replace(program)
    return {**cli.environment, _HOME: str(folder)}
