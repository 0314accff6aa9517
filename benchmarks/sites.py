"""Random sites in the lab, beside what `impact` and `whatif` predict of them.

`python -m benchmarks.sites` draws twenty sites from their seeds, in all BGP modes, and runs them
one by one with MetalLB's speakers, and BIRD and FRR on the files of `metallb routers`. Every route
of every router is compared before and after changes and failures. Writes the table into
docs/impact.md, between its two marks. Exit code 1 where anything is otherwise than predicted. Needs
root and what `make lab` needs, with FRR.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab import needs
from lab.errors import LabError
from lab.forecast.drawing import RandomSite, draw
from lab.forecast.ground import Ground
from lab.forecast.running import Running
from lab.forecast.trying import Outcome, try_all
from lab.guard import guarded
from lab.paths import ROOT
from lab.site import Lab

__all__ = ["main"]

PAGE = ROOT / "docs" / "impact.md"
BEGIN, END = "<!-- sites: made by python -m benchmarks.sites -->\n", "<!-- /sites -->\n"
SITES = 20
_HEAD = """\
| seed | mode | site | routes | changes (redials) | silent failures: measured, bound | other |
|---|---|---|---|---|---|---|
"""


_ROW = re.compile(r"^\| (\d+) \|.*\n", re.M)


@dataclass(frozen=True)
class _Tried:
    """A site and what came of it."""

    drawn: RandomSite
    outcomes: tuple[Outcome, ...]

    @property
    def row(self) -> str:
        changes = [each for each in self.outcomes if each.redials is not None]
        timed = [each for each in self.outcomes if each.bound is not None and each.redials is None]
        wrong = sum(len(each.wrong) for each in self.outcomes)
        cells = (
            str(self.drawn.seed),
            str(self.drawn.mode),
            self.drawn.words,
            str(sum(each.routes for each in self.outcomes)),
            f"{len(changes)} ({sum(each.redials or 0 for each in changes)})",
            "; ".join(f"{each.seconds:.1f}, {each.bound:g} s" for each in timed) or "-",
            str(wrong) if wrong else "none",
        )
        return "| " + " | ".join(cells) + " |\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Try every site, write the table, and say whether all was as predicted."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "seeds",
        nargs="*",
        type=int,
        help=f"seeds (default: 0 to {SITES - 1}); others keep their row",
    )
    args = parser.parse_args(argv)
    if lacks := needs.missing() + needs.missing_frr(modes=True):
        print("this machine can't run the lab with FRR; missing: " + "; ".join(lacks))
        return 2
    lab, tried = Lab("drawn"), []
    with guarded(lab):
        ground = Ground(lab)
        ground.start()
        for each in _tried(ground, args.seeds or range(SITES)):
            tried.append(each)
            _write(tried)
    return 1 if any(outcome.wrong for each in tried for outcome in each.outcomes) else 0


def _write(tried: Sequence[_Tried]) -> None:
    """The table of what was tried so far; a site that was not keeps its row."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    former, _, behind = rest.partition(END)
    rows = {int(row[1]): row[0] for row in _ROW.finditer(former)}
    rows |= {each.drawn.seed: each.row for each in tried}
    text = _HEAD + "".join(rows[seed] for seed in sorted(rows))
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{behind}", encoding="utf-8")


def _tried(ground: Ground, seeds: Sequence[int]) -> Iterator[_Tried]:
    drawn = [draw(seed) for seed in seeds]
    # The mode changes as seldom as possible.
    for each in sorted(drawn, key=lambda site: str(site.mode), reverse=True):
        print(f"{each.seed}: {each.mode}, {each.words}", flush=True)
        running = Running(ground, each)
        outcomes = []
        try:
            running.start()
            for outcome in try_all(running):
                outcomes.append(outcome)
                print(f"  {outcome.line}", flush=True)
        except LabError as error:
            # The others are tried all the same.
            outcomes.append(Outcome("not to its end", 0, 0.0, (str(error),)))
            print(f"  {outcomes[-1].line}", flush=True)
        finally:
            running.end()
        yield _Tried(each, tuple(outcomes))


if __name__ == "__main__":
    sys.exit(main())
