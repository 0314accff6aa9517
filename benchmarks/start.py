"""`python -m benchmarks.start CHECKOUT`: processor time of short commands, beside another checkout.

The other one is a folder, such as that of `git worktree add ../first 3caf92b`. Both run in turn in
the same run, so that what else the machine does falls on both; the least of the runs is shown.
`--instructions` counts the processor's instructions with valgrind in place of seconds: they are the
same on a machine with other work, and leave out what waiting for memory takes.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["COMMANDS", "instructions", "main", "seconds"]

ROOT = Path(__file__).resolve().parents[1]
COMMANDS: dict[str, tuple[str, ...]] = {
    "`--help`": ("--help",),
    "`check demo`": ("check", "demo"),
    "`render demo`": ("render", "demo", "-o", "{folder}"),
}
"""What is measured; `{folder}` is an empty one."""


def seconds(checkout: Path, command: Sequence[str]) -> float:
    """User and system time of one run of the command, in seconds.

    :raises subprocess.CalledProcessError: the command failed.
    """
    with TemporaryDirectory() as folder:
        args = [each.replace("{folder}", f"{folder}/rendered") for each in command]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "metallb", *args],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": ""},
            capture_output=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(checkout: Path, command: Sequence[str]) -> float:
    """Instructions of one run of `python -m metallb`, in thousands of millions.

    :raises subprocess.CalledProcessError: the command failed.
    """
    with TemporaryDirectory() as folder:
        counted = Path(folder) / "counted"
        args = [each.replace("{folder}", f"{folder}/rendered") for each in command]
        counter = ["valgrind", "--tool=cachegrind", "--cache-sim=no"]
        subprocess.run(
            [*counter, f"--cachegrind-out-file={counted}", sys.executable, "-m", "metallb", *args],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"},
            capture_output=True,
            check=True,
        )
        summary = counted.read_text(encoding="utf-8").splitlines()[-1]
    return int(summary.removeprefix("summary: ")) / 1e9


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other checkout")
    parser.add_argument("--runs", type=int, default=15, help="runs of each command (15)")
    parser.add_argument("--instructions", action="store_true", help="count them, with valgrind")
    args = parser.parse_args()
    measure, unit = (instructions, "10^9") if args.instructions else (seconds, "s")
    print(f"| command | before, {unit} | now, {unit} | ratio |\n|---|---|---|---|")
    for name, command in COMMANDS.items():
        least = [float("inf"), float("inf")]
        for _ in range(args.runs + 1):  # the first one also compiles
            for place, checkout in enumerate((args.checkout.resolve(), ROOT)):
                least[place] = min(least[place], measure(checkout, command))
        before, now = least
        print(f"| {name} | {before:.3f} | {now:.3f} | {now / before:.2f} |", flush=True)


if __name__ == "__main__":
    main()
