"""Compare `check FILE` with MetalLB over many configurations, and write the part of the page.

Runs MetalLB in the lab, which needs root and what `make lab` needs.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab.guard import guarded
from lab.judgement import start
from lab.site import Lab
from metallb.releases import BgpMode
from tests.agreement.judged import (
    PAGE,
    Compared,
    Judged,
    compared,
    generated,
    lab_release,
    near_misses,
    of_rules,
    rows,
)

BEGIN = "<!-- agreement: made by python -m tests.agreement -->"
END = "<!-- agreement: end -->"
_MODES = {"native": (BgpMode.NATIVE,), "frr-k8s": (BgpMode.FRR_K8S, BgpMode.FRR)}
"""Whose cases MetalLB judges in a mode; both FRR modes have one validation."""


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, and write the part; 1 where a difference has no row."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--generated", type=int, default=100, help="by chance, for each BGP mode")
    parser.add_argument("--start", type=int, default=1, help="decides which ones")
    args = parser.parse_args(argv)
    listed = rows()
    lines, unlisted = [], 0
    with tempfile.TemporaryDirectory() as folder, guarded(lab := Lab("agreement")):
        for name, judge in start(lab, Path(folder)):
            for mode in _MODES[name]:
                for what, some in (
                    ("the rules' cases", _of_mode(of_rules(), mode)),
                    ("the rules' near misses", _of_mode(near_misses(), mode)),
                    ("by chance", generated(args.generated, mode, args.start)),
                ):
                    both = _looked_at(compared(judge, some), listed)
                    unlisted += sum(1 for each in both if _is_unlisted(each, listed))
                    lines.append(_row(mode, what, both))
    PAGE.write_text(with_part(PAGE.read_text(encoding="utf-8"), "".join(lines)), encoding="utf-8")
    return 1 if unlisted else 0


def _of_mode(listed: Iterable[Judged], mode: BgpMode) -> list[Judged]:
    return [each for each in listed if each.mode is mode]


def _looked_at(both: Iterable[Compared], listed: frozenset[str]) -> list[Compared]:
    found = []
    for each in both:
        found.append(each)
        if _is_unlisted(each, listed):
            print(each.words(), file=sys.stderr, flush=True)
    return found


def _is_unlisted(each: Compared, listed: frozenset[str]) -> bool:
    return not each.agrees and not (each.only_here and each.only_here <= listed)


def _row(mode: BgpMode, what: str, both: list[Compared]) -> str:
    taken = sum(1 for each in both if each.verdict.accepted and not each.judged.codes)
    refused = sum(1 for each in both if not each.verdict.accepted and each.judged.codes)
    here = sum(1 for each in both if each.only_here)
    warned = sum(
        1 for each in both if each.agrees and not each.verdict.accepted and not each.judged.codes
    )
    there = len(both) - taken - refused - here - warned
    cells = (mode, what, len(both), taken, refused, here, warned, there)
    return "| " + " | ".join(map(str, cells)) + " |\n"


def with_part(page: str, table: str) -> str:
    """The page with another table between its marks."""
    head, begin, rest = page.partition(BEGIN)
    text = (
        f"\nMetalLB {lab_release()}:\n\n"
        "| mode | configurations | number | both take | both refuse | refused here alone (the rows"
        " above) | a warning here, refused by MetalLB | refused by MetalLB alone |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return f"{head}{begin}{text}{table}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main())
