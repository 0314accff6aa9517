"""`python -m lab.metal_plugin.install FOLDER`: puts the executable where the engine looks.

FOLDER is a folder of PATH, or a home of Pulumi with `--home`: there it lies as an installed plugin,
which the engine finds without a warning.
"""

import argparse
import sys
from pathlib import Path

from lab.metal_plugin import NAME, VERSION
from lab.plugin_process import write_executable


def install(folder: Path) -> Path:
    """Writes the executable into a folder; answers its path."""
    about = "The provider plugin of the emulated Equinix Metal"
    return write_executable(folder / NAME, "lab.metal_plugin", about)


def plugin_folder(home: Path) -> Path:
    """Where the plugin lies in a home of Pulumi."""
    return home / "plugins" / f"resource-equinix-metal-v{VERSION}"


def main() -> int:
    """Installs it, and prints where."""
    parser = argparse.ArgumentParser(prog="python -m lab.metal_plugin.install", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", action="store_true", help="FOLDER is a home of Pulumi")
    args = parser.parse_args()
    print(install(plugin_folder(args.folder) if args.home else args.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
