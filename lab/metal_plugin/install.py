"""`python -m lab.metal_plugin.install FOLDER`: puts the executable where the engine looks.

FOLDER is a folder of PATH, or a home of Pulumi with `--home`: there it lies as an installed plugin,
which the engine finds without a warning.
"""

import argparse
import shlex
import sys
from pathlib import Path

from lab.metal_plugin import NAME, VERSION

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """\
#!/bin/sh
# The provider plugin of the emulated Equinix Metal, on the interpreter that it was installed with.
PYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}}
export PYTHONPATH
exec {python} -P -m lab.metal_plugin "$@"
"""


def install(folder: Path) -> Path:
    """Writes the executable into a folder; answers its path."""
    folder.mkdir(parents=True, exist_ok=True)
    executable = folder / NAME
    text = SCRIPT.format(root=shlex.quote(str(ROOT)), python=shlex.quote(sys.executable))
    draft = folder / f".{NAME}.new"
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(executable)
    return executable


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
