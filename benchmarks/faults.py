"""Updates that are killed or meet faults, on the engine: tried and held, as a table of the page.

`make kills SEEDS=50`, or `python -m benchmarks.faults --seeds 50`. Runs the tests of kills and the
whole matrix of faults (METALLB_ENGINE_FULL=1) to their end and writes their table into
docs/reliability.md, between its two marks. Exit code 1 where something did not hold.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from lab.reliability.table import FAULTS_BEGIN, FAULTS_END

__all__ = ["main", "table"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
FILES = (
    "tests/engine/test_kills.py",
    "tests/engine/test_faults.py",
    "tests/engine/test_later_faults.py",
)
_HEAD = """\
## Updates that are killed, and calls that fail

Not on the lab but on the engine, with an emulated Equinix Metal API: `make kills SEEDS={seeds}`
runs an update, an update that changes things and a destroy. It kills the engine at {seeds}
moments of each, and has each call of the API go wrong in each way. *Held* means: `recover` and at
most a few further updates converge, no address was lost or reserved twice, and no session or block
is left behind.

| what | tried | held |
|---|---|---|
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tests and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seeds", type=int, default=50, help="moments at which to kill (50)")
    parser.add_argument("--workers", default="auto", help="tests side by side (auto)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", args.workers, *FILES]
        environment = {
            **os.environ,
            "METALLB_KILL_SEEDS": str(args.seeds),
            "METALLB_ENGINE_FULL": "1",
        }
        done = subprocess.run(
            [*command, f"--junitxml={report}"], cwd=ROOT, env=environment, check=False
        )
        if not report.exists():
            return done.returncode or 1
        root = ET.parse(report).getroot()  # noqa: S314 - our own file
    text, held = table(root, args.seeds)
    page = PAGE.read_text(encoding="utf-8")
    kept = page.partition(FAULTS_BEGIN)[0].rstrip("\n")
    rest = page.partition(FAULTS_END)[2]
    PAGE.write_text(
        f"{kept}\n\n{FAULTS_BEGIN}\n{text}{FAULTS_END}{rest or chr(10)}", encoding="utf-8"
    )
    print(text)
    return 0 if held else 1


def table(root: ET.Element, seeds: int) -> tuple[str, bool]:
    """The table of a JUnit report, and whether everything held."""
    tried: Counter[str] = Counter()
    held: Counter[str] = Counter()
    seconds = 0.0
    for case in root.iter("testcase"):
        if case.find("skipped") is not None:
            continue
        name = case.attrib["name"].partition("[")[0].removeprefix("test_").replace("_", " ")
        tried[name] += 1
        seconds += float(case.attrib.get("time", 0))
        held[name] += case.find("failure") is None and case.find("error") is None
    rows = "".join(f"| {name} | {count} | {held[name]} |\n" for name, count in tried.items())
    total = f"| **all**, in {timedelta(seconds=round(seconds))} of tests | {tried.total()} | "
    text = _HEAD.format(seeds=seeds) + rows + f"{total}{held.total()} |\n"
    return text, bool(tried) and tried == held


if __name__ == "__main__":
    sys.exit(main())
