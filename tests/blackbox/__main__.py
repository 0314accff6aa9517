"""Runs the scenarios against another checkout: `python -m tests.blackbox CHECKOUT [VERSION]`.

VERSION is 1 for the first version, and 2 otherwise.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.blackbox.scenario import ScenarioError, program, read, run, scenarios


def main(checkout: Path, version: int) -> int:
    """Run all that hold for the version, print those that do not, and count."""
    os.environ["PYTHONPATH"] = str(checkout)

    def metallb(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        return program([sys.executable, "-m", "metallb", *words], folder)

    passed = failed = 0
    for path in scenarios():
        scenario = read(path)
        if not scenario.holds_for(version):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                run(scenario, Path(folder), metallb)
                passed += 1
            except ScenarioError as error:
                failed += 1
                print(error, file=sys.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 2))
