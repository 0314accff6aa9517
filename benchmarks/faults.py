"""Updates that are killed or meet faults, on the engine: tried and held, as a table of the page.

`make kills SEEDS=50`, or `python -m benchmarks.faults --seeds 50`. Runs the tests of kills and the
whole matrix of faults (METALLB_ENGINE_FULL=1) to their end and writes their table into
docs/reliability.md, between its two marks. Exit code 1 where something did not hold.

`--only tests/updates/test_shapes.py` runs some of the files, and writes their rows into the table
that is there.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lab.reliability.table import FAULTS_BEGIN, FAULTS_END

__all__ = ["main", "table"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
FILES = (
    "tests/platforms/equinix_metal/updates/test_kills.py",
    "tests/platforms/equinix_metal/updates/test_faults.py",
    "tests/platforms/equinix_metal/updates/test_later_faults.py",
    "tests/platforms/equinix_metal/updates/test_shapes.py",
    "tests/platforms/equinix_metal/updates/test_disturbances.py",
    "tests/platforms/equinix_metal/updates/test_recover_beside_others.py",
)
_HEAD = """\
## Updates that are killed, and calls that fail

What an update that is killed, or a call that fails, leaves behind, and whether
[`recover`](recovery.md) and some further updates repair it. `make kills SEEDS={seeds}` writes this
part, on the engine with an emulated Equinix Metal API.

It kills the engine at {seeds} moments of an update, of an update that changes things and of a
destroy. It has each call of the API go wrong in each way: an error status, a broken connection, a
lost reply, and an answer of another shape (empty, `[]`, `{{}}`, `null`, other types, an error
with status 200, lists in lists, the page of a proxy, pages without end). Besides, two commands
run at once, and an update meets the wrong stack, the token of another project and a full disk.

*Held* means: `recover` and at most a few further updates converge, no address was lost or
reserved twice, and no session or block is left behind.

| what | tried | held |
|---|---|---|
"""
_ROW = re.compile(r"^\| ([^|*]+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
_SEEDS = re.compile(r"SEEDS=(\d+)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tests and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seeds", type=int, default=50, help="moments at which to kill (50)")
    parser.add_argument("--workers", default="auto", help="tests side by side (auto)")
    parser.add_argument("--only", action="append", choices=FILES, help="run one of the files")
    args = parser.parse_args(argv)
    page = PAGE.read_text(encoding="utf-8")
    known = page.partition(FAULTS_BEGIN)[2].partition(FAULTS_END)[0] if args.only else ""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        files = args.only or FILES
        command = [sys.executable, "-m", "pytest", "-q", "-n", args.workers, *files]
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
    text, held = table(root, args.seeds, known)
    kept = page.partition(FAULTS_BEGIN)[0].rstrip("\n")
    rest = page.partition(FAULTS_END)[2]
    PAGE.write_text(
        f"{kept}\n\n{FAULTS_BEGIN}\n{text}{FAULTS_END}{rest or chr(10)}", encoding="utf-8"
    )
    print(text)
    return 0 if held else 1


def table(root: ET.Element, seeds: int, known: str = "") -> tuple[str, bool]:
    """The table of a JUnit report, and whether everything held.

    :param known: the table before, whose other rows and seeds are kept.
    """
    tried: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for case in root.iter("testcase"):
        if case.find("skipped") is not None:
            continue
        name = case.attrib["name"].partition("[")[0].removeprefix("test_").replace("_", " ")
        tried[name] += 1
        held[name] += case.find("failure") is None and case.find("error") is None
    all_held = bool(tried) and tried == held
    before = {name: (int(one), int(other)) for name, one, other in _ROW.findall(known)}
    seeds = int(found[1]) if (found := _SEEDS.search(known)) else seeds
    counts = before | {name: (tried[name], held[name]) for name in tried}
    rows = "".join(f"| {name} | {one} | {other} |\n" for name, (one, other) in counts.items())
    total = sum(one for one, _ in counts.values())
    held_of_all = sum(other for _, other in counts.values())
    return f"{_HEAD.format(seeds=seeds)}{rows}| **all** | {total} | {held_of_all} |\n", all_held


if __name__ == "__main__":
    sys.exit(main())
