"""How long `check` takes and what it needs: a file of 1,000 peers and 1,000 pools, and worse ones.

Usage: python -m benchmarks.preflight. Exit code 1 where a limit is broken: 1 s and 200 MB for the
file of 1,000 peers and 1,000 pools, and no more than 3 times the time for twice the size.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from metallb.loading.stack import load_file
from metallb.preflight import check_stack

SECONDS = 1.0
MEGABYTES = 200
GROWTH = 3.0


def sections(peers: int, pools: int, *, clean: bool) -> dict[str, Any]:
    """A static stack with a rack and router for each peer; or all of it wrong."""
    racks = [
        {
            "name": f"rack-{n}",
            "nodes": [{"hostname": f"node-{n}", "sourceAddress": f"10.{n // 250}.{n % 250}.2"}]
            if clean
            else [f"node-{n % 7}"],
            "routers": [
                {
                    "name": "tor",
                    "address": f"10.{n // 250}.{n % 250}.1" if clean else "10.0.0.1",
                    "port": 179 if clean else 1000 + n % 3,
                    "holdTime": "3s" if clean else f"{3 + n}s",
                }
            ],
        }
        for n in range(peers)
    ]
    address = (
        (lambda n: f"172.{16 + n // 4096}.{n // 16 % 256}.{n % 16 * 16}/28")
        if clean
        else (lambda n: f"172.16.{n % 256}.0/24")
    )
    return {
        "metallb:install": {"version": "0.16.2"},
        "metallb:kubernetes": {"context": "none"},
        "metallb:platform": {"kind": "static", "racks": racks},
        "metallb:bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s", "ecmpLimit": 4096},
        "metallb:addressPools": {
            f"pool-{n}": {
                "addresses": [address(n)],
                "advertisements": {"default": {"localPref": 0}},
            }
            for n in range(pools)
        },
    }


def measure(path: Path) -> tuple[float, float, int]:
    """Seconds for the whole check of a file, its rules alone, and the number of findings."""
    # Processor time: what else the machine does is not the matter here.
    start = time.process_time()
    stack = load_file(path).config
    read = time.process_time()
    findings = check_stack(stack)
    end = time.process_time()
    return end - start, end - read, len(findings)


def main() -> int:
    """Print the table and say whether the limits hold."""
    failed = False
    times: dict[tuple[bool, int], float] = {}
    print(f"{'file':<32}{'whole s':>9}{'rules s':>9}{'findings':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for clean in (True, False):
            for size in (1000, 2000, 4000):
                path = Path(folder) / f"Pulumi.{size}.yaml"
                path.write_text(yaml.dump({"config": sections(size, size, clean=clean)}), "utf-8")
                whole, rules, count = measure(path)
                times[(clean, size)] = rules
                kind = "clean" if clean else "all of it wrong"
                print(
                    f"{f'{size} peers and pools, {kind}':<32}{whole:>9.2f}{rules:>9.2f}{count:>10}"
                )
                if clean and size == 1000:
                    failed |= whole > SECONDS
                    failed |= command(path)
    for (clean, size), seconds in times.items():
        if size > 1000:
            grown = seconds / times[(clean, size // 2)]
            print(f"growth to {size}, {'clean' if clean else 'wrong'}: {grown:.1f} times")
            failed |= grown > GROWTH
    return int(failed)


def command(path: Path) -> bool:
    """Measure the command as a person runs it; whether it needs too much memory."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "metallb", "check", str(path)], check=True)
    seconds = time.perf_counter() - start
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  as a command, with Python's start: {seconds:.2f} s, {megabytes:.0f} MB")
    return megabytes > MEGABYTES


if __name__ == "__main__":
    sys.exit(main())
