"""`python -m benchmarks.rooms [CHECKOUT]`: files and lines of each room of `metallb/`.

A second checkout, such as `git worktree add ../first 3caf92b`, is listed beside this one.
"""

import argparse
from collections import Counter
from pathlib import Path

__all__ = ["main", "rooms"]

ROOT = Path(__file__).resolve().parents[1]


def rooms(checkout: Path) -> dict[str, tuple[int, int]]:
    """Number of files and of lines by room: a package or module, and each platform's package.

    :param checkout: folder with `metallb/`.
    """
    files: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    package = checkout / "metallb"
    for path in package.rglob("*.py"):
        parts = path.relative_to(package).parts
        deep = parts[0] == "platforms" and len(parts) > 2
        room = "/".join(parts[:2]) if deep else parts[0].removesuffix(".py")
        files[room] += 1
        lines[room] += path.read_text(encoding="utf-8").count("\n")
    return {room: (files[room], lines[room]) for room in sorted(files)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "checkout", nargs="?", type=Path, help="another checkout, as the first column"
    )
    args = parser.parse_args()
    now = rooms(ROOT)
    before = rooms(args.checkout) if args.checkout else {}
    print("| room | files, lines before | files, lines now |")
    print("|---|---|---|")
    for room in sorted({*before, *now}):
        print(f"| `{room}` | {_cell(before.get(room))} | {_cell(now.get(room))} |")
    print(f"| all | {_cell(_sum(before))} | {_cell(_sum(now))} |")


def _sum(found: dict[str, tuple[int, int]]) -> tuple[int, int] | None:
    return (sum(n for n, _ in found.values()), sum(n for _, n in found.values())) if found else None


def _cell(pair: tuple[int, int] | None) -> str:
    return f"{pair[0]}, {pair[1]}" if pair else "-"


if __name__ == "__main__":
    main()
