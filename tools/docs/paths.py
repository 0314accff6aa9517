"""Where the documentation is."""

import re
from pathlib import Path

__all__ = ["DOCS", "ROOT", "STACK_FILE_PAGE", "anchor_of", "pages"]

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
STACK_FILE_PAGE = DOCS / "stack-file.md"


def pages() -> list[Path]:
    """Every page of the documentation, and the README."""
    found = sorted(DOCS.rglob("*.md"))
    readme = ROOT / "README.md"
    return [readme, *found] if readme.exists() else found


def anchor_of(heading: str) -> str:
    """The anchor of a heading, as MkDocs and GitHub make it where they agree."""
    text = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
    return re.sub(r"[-\s]+", "-", text)
