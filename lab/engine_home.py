"""A home for an engine of `make engine` on emulated clouds: its own plugins, and the lab's.

A published plugin that can't be built from Go modules has one of the lab's own in its place, in a
home apart, so that no real account ever meets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab.paths import ROOT
from lab.platforms import parts
from metallb.program.pulumi_cli import PulumiCli, built_home

__all__ = ["BUILT", "emulated_home"]

BUILT = built_home(ROOT)
"""Where `make engine` builds the engine of this clone."""

_HOME = "PULUMI_HOME"
_PLUGINS = "plugins"


def emulated_home(cli: PulumiCli, folder: Path | None = None) -> Mapping[str, str]:
    """Environment of a built engine that finds the lab's plugins; nothing for any other engine.

    An engine that was installed fetches the published plugins.

    :param folder: the home to make, if not the usual one beside the engine.
    """
    if Path(cli.path).resolve() != (BUILT / "bin" / "pulumi").resolve():
        return {}
    home = folder or BUILT / "emulated"
    for program in (BUILT / _PLUGINS).glob("*/pulumi-resource-*"):
        # The folder is a real one: the engine passes over those that are links.
        link = home / _PLUGINS / program.parent.name / program.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(program)
    for part in parts():
        part.install(home)
    # A home that the user names lacks the lab's plugins, so it does not count here.
    return {"PULUMI_CREDENTIALS_PATH": str(home), **cli.environment, _HOME: str(home)}
