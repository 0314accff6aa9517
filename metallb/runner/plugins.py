"""Which provider plugins the engine would download for an update, so that it does so announced."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["KUBERNETES", "announced"]

KUBERNETES = "pulumi-kubernetes"
"""The package whose plugin every update needs."""
_REFUSED = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
_TRUE = ("1", "true")


def announced(packages: Iterable[str], environment: Mapping[str, str]) -> Iterator[str]:
    """A line for each plugin that the engine is going to download.

    It looks on PATH and in its home (sdk/go/common/workspace/plugins.go, GetPluginPath). Nothing is
    announced where downloads are refused: the engine then ends with an error of its own.

    :param packages: the Python packages whose plugins the program needs.
    :param environment: what the engine runs with.
    """
    if environment.get(_REFUSED, "").lower() in _TRUE:
        return
    own = environment.get("PULUMI_HOME")
    folder = (Path(own) if own else Path.home() / ".pulumi") / "plugins"
    for package in packages:
        try:
            wanted = version(package)
        except PackageNotFoundError:  # the program reports it, with what to install
            continue
        name = package.removeprefix("pulumi-")
        on_path = shutil.which(f"pulumi-resource-{name}", path=environment.get("PATH", os.defpath))
        if on_path is None and not (folder / f"resource-{name}-v{wanted}").is_dir():
            yield (
                f"the plugin {name} {wanted} is not in {folder}: the engine downloads it from "
                f"get.pulumi.com or github.com ({_REFUSED}=true refuses that)"
            )
