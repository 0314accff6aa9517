"""What version 1 (commit 3caf92b) made of stack files, kept as data: later versions are held to it.

`stacks/` has the stack files and answers, `trees/` what `render` wrote for each. Files of more than
`LARGE` bytes, such as CRDs, stand once in `large/`, by digest, since many trees have them.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

__all__ = ["FOLDER", "STACKS", "frozen_stacks", "load_tree", "save_tree", "tree_of"]

FOLDER = Path(__file__).parent
STACKS = FOLDER / "stacks"
LARGE = 6000
_HEAD = "#### "


def frozen_stacks() -> list[str]:
    """Names of the stacks that are kept."""
    return sorted(
        path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for path in STACKS.glob("Pulumi.*.yaml")
    )


def tree_of(folder: Path) -> dict[str, str]:
    """Every file below a folder by its path there, without hidden ones."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def save_tree(name: str, files: Mapping[str, str]) -> None:
    """Write a tree as one text file."""
    parts = []
    for path, text in sorted(files.items()):
        if len(text) > LARGE:
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            large = FOLDER / "large" / f"{digest}.txt"
            large.parent.mkdir(exist_ok=True)
            large.write_text(text, encoding="utf-8")
            parts.append(f"{_HEAD}{path} = {digest}\n")
        else:
            parts.append(f"{_HEAD}{path}\n{text}")
    target = FOLDER / "trees" / f"{name}.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(parts), encoding="utf-8")


def load_tree(name: str) -> dict[str, str]:
    """The files of a tree by path."""
    found: dict[str, str] = {}
    text = (FOLDER / "trees" / f"{name}.txt").read_text(encoding="utf-8")
    for part in text.split(f"\n{_HEAD}"):
        head, _, body = part.removeprefix(_HEAD).partition("\n")
        path, _, digest = head.partition(" = ")
        if digest:
            found[path] = (FOLDER / "large" / f"{digest.strip()}.txt").read_text(encoding="utf-8")
        else:
            found[path] = body if body.endswith("\n") or not body else body + "\n"
    return found
