"""A hook of MkDocs. It is loaded as a file, so it imports nothing of this repository."""

from pathlib import Path
from typing import Any

__all__ = ["on_config"]


def on_config(config: Any) -> Any:
    """MkDocs hook: leaves pages out of the menu that are not there yet (measured ones)."""
    config.nav = _present(config.nav, Path(config.docs_dir))
    return config


def _present(entries: list[Any], folder: Path) -> list[Any]:
    kept: list[Any] = []
    for entry in entries:
        title, target = next(iter(entry.items())) if isinstance(entry, dict) else ("", entry)
        if isinstance(target, list):
            inner = _present(target, folder)
            if inner:
                kept.append({title: inner})
        elif "*" in target:
            kept += [str(path.relative_to(folder)) for path in sorted(folder.glob(target))]
        elif (folder / target).exists():
            kept.append(entry)
    return kept
