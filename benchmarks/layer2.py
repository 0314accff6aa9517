"""How soon another node answers where layer 2 announces a Service: the part of docs/reliability.md.

Runs MetalLB on the lab's stack of layer 2, which needs root and what `make lab` needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lab.bringup import bring_up
from lab.guard import guarded
from lab.layer2 import POOLS, STACK, Shared
from lab.paths import ROOT
from lab.reliability.measure import Outcome
from lab.reliability.table import FAULTS_BEGIN, LAYER2_BEGIN, LAYER2_END, layer2_part
from lab.site import Lab

PAGE = ROOT / "docs" / "reliability.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the part."""
    argparse.ArgumentParser(description=__doc__, allow_abbrev=False).parse_args(argv)
    lab = Lab("measure")
    found: dict[str, list[Outcome]] = {protocol: [] for protocol in POOLS}
    for protocol, outcomes in found.items():
        # The last event of a run takes a node away.
        with guarded(lab):
            for outcome in Shared.of(bring_up(lab, STACK), protocol).scenarios():
                line = f"{protocol}, {outcome.name}: {outcome.seconds:.1f} s"
                print(line, file=sys.stderr, flush=True)
                outcomes.append(outcome)
    PAGE.write_text(with_part(PAGE.read_text(encoding="utf-8"), layer2_part(found)))
    print(f"wrote {PAGE.relative_to(ROOT)}")
    late = [each for outcomes in found.values() for each in outcomes if each.seconds > each.bound]
    return 1 if late else 0


def with_part(page: str, part: str) -> str:
    """The page with the part in the place of the former one, or before that of `faults`."""
    head, begin, rest = page.partition(LAYER2_BEGIN)
    if begin:
        return f"{head}{part}{rest.partition(f'{LAYER2_END}{chr(10)}')[2]}"
    head, begin, rest = page.partition(FAULTS_BEGIN)
    return f"{head}{part}\n{begin}{rest}" if begin else f"{page}\n{part}"


if __name__ == "__main__":
    sys.exit(main())
