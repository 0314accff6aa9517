"""`python -m benchmarks.start CHECKOUT`: processor time of short commands, beside another checkout.

The other one is a folder, such as that of `git worktree add ../first 3caf92b`. Both run in turn in
the same run, so that what else the machine does falls on both; the least of the runs is shown.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["COMMANDS", "main", "seconds"]

ROOT = Path(__file__).resolve().parents[1]
COMMANDS: dict[str, tuple[str, ...]] = {
    "`--help`": ("--help",),
    "`check demo`": ("check", "demo"),
    "`render demo`": ("render", "demo", "-o", "{folder}"),
}
"""What is measured; `{folder}` is an empty one."""


def seconds(checkout: Path, command: Sequence[str]) -> float:
    """User and system time of one run of `python -m metallb`, in seconds.

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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other checkout")
    parser.add_argument("--runs", type=int, default=15, help="runs of each command (15)")
    args = parser.parse_args()
    print("| command | before, s | now, s | ratio |\n|---|---|---|---|")
    for name, command in COMMANDS.items():
        least = [float("inf"), float("inf")]
        for _ in range(args.runs + 1):  # the first one also compiles
            for place, checkout in enumerate((args.checkout.resolve(), ROOT)):
                least[place] = min(least[place], seconds(checkout, command))
        before, now = least
        print(f"| {name} | {before:.3f} | {now:.3f} | {now / before:.2f} |", flush=True)


if __name__ == "__main__":
    main()
