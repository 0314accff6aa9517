"""Time and memory of `impact` and `whatif` on a large site, whole commands.

`python -m benchmarks.forecast` measures both on 1,000 nodes in 200 racks with 500 pools, of which
every second one is announced to the routers of one rack alone, and on parts of it. Writes the table
into docs/performance.md, between its two marks. Exit code 1 where the largest site takes 2 s of
processor time or 300 MiB.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.clusters import sections
from benchmarks.load import PAGE, Cost, prefixed, run_command

__all__ = ["main", "site"]

BEGIN, END = "<!-- forecast: made by python -m benchmarks.forecast -->\n", "<!-- /forecast -->\n"
RACKS = (25, 50, 100, 200)
NODES, POOLS = 5, 2.5
"""Of each rack."""
SECONDS, MIB = 2.0, 300.0
_HEAD = """\
| command | nodes | racks | pools | CPU s | MiB |
|---|---|---|---|---|---|
"""


def site(racks: int, *, joined: bool = False) -> dict[str, Any]:
    """The sections of a stack file.

    :param joined: whether the first rack has one more node.
    """
    found = sections(racks * NODES, shared=True, rack=NODES)
    if joined:
        found["platform"]["racks"][0]["nodes"].append("node-new")
    found["addressPools"] = {
        f"pool-{number}": {
            "addresses": [f"100.{64 + number // 256}.{number % 256}.0/28"],
            **(_at_one_rack(number % racks) if number % 2 else {}),
        }
        for number in range(int(racks * POOLS))
    }
    return found


def _at_one_rack(rack: int) -> dict[str, Any]:
    peers = [f"rack-{rack}-tor-{number}" for number in (1, 2)]
    return {"advertisements": {"default": {"peers": peers}}}


def main() -> int:
    """Measure, write the table, and say whether the largest site holds."""
    rows = []
    held = True
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for racks in RACKS:
            files = {}
            for name, joined in (("before", False), ("after", True)):
                files[name] = folder / f"Pulumi.{name}.yaml"
                text = yaml.safe_dump({"config": prefixed(site(racks, joined=joined))})
                files[name].write_text(text, encoding="utf-8")
            commands = {
                "`impact`": ["impact", files["after"].name, "--against", files["before"].name],
                "`whatif`, every single failure": ["whatif", files["after"].name],
            }
            for name, words in commands.items():
                cost = run_command(words, folder)
                rows.append(_row(name, racks, cost))
                held &= cost.seconds < SECONDS and cost.mib < MIB
    text = _HEAD + "".join(sorted(rows, key=lambda row: row.split("|")[1]))
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(text)
    return 0 if held else 1


def _row(name: str, racks: int, cost: Cost) -> str:
    pools = int(racks * POOLS)
    size = f"{racks * NODES:,} | {racks} | {pools}"
    return f"| {name} | {size} | {cost.seconds:.2f} | {cost.mib:.0f} |\n"


if __name__ == "__main__":
    sys.exit(main())
