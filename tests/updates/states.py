"""What an engine has written down, read without one."""

import json
from pathlib import Path

__all__ = ["under_way"]


def under_way(backend: Path) -> list[str]:
    """Resources of the operations that an engine has written down as begun and not as done.

    Read without an engine, from a folder of one stack that another engine writes to.
    """
    found: list[str] = []
    for file in (backend / ".pulumi" / "stacks").rglob("*.json"):
        try:
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        except (OSError, ValueError):
            # It is being replaced.
            return []
        pending = latest.get("pending_operations") or []
        found += [item["resource"]["urn"].rpartition("::")[2] for item in pending]
    return found
