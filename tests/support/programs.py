"""The root program `__main__.py` itself, run on the recording monitor with a stack file."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.platforms import part_of
from tests.support.record import Record
from tests.support.recording import run, run_failing
from tests.support.yaml_text import loaded

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = tuple(sorted(path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml")))
"""The stack files that this product ships."""

Sections = dict[str, Any]
Edit = Callable[[Sections], None]


def sections(stack: str, edit: Edit | None = None) -> Sections:
    """What stands in a shipped stack file under `metallb:`, edited in place by a test."""
    document = loaded((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    found = {
        key.removeprefix("metallb:"): value
        for key, value in document["config"].items()
        if key.startswith("metallb:")
    }
    if edit is not None:
        edit(found)
    return found


def run_root(stack: str | Sections, edit: Edit | None = None, **options: Any) -> Record:
    """Run the root program with a shipped stack file, or with sections of a test's own."""
    prepared = _prepared(stack, edit, options)
    with prepared.pop("part").alone(prepared["cloud"]):
        return run(**prepared)


def run_root_failing(stack: str | Sections, edit: Edit | None = None, **options: Any) -> Record:
    """The same for a program that has to fail."""
    prepared = _prepared(stack, edit, options)
    with prepared.pop("part").alone(prepared["cloud"]):
        return run_failing(**prepared)


def _prepared(stack: str | Sections, edit: Edit | None, options: dict[str, Any]) -> dict[str, Any]:
    found = sections(stack, edit) if isinstance(stack, str) else stack
    name = stack if isinstance(stack, str) else "test"
    part = part_of(found)
    if "cloud" not in options:
        options["cloud"] = part.cloud(found)
    extra = options.pop("config", {})
    config = {f"metallb:{key}": json.dumps(value) for key, value in found.items()}

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return {
        "part": part,
        "program": program,
        "stack": name,
        "config": {**config, **extra},
        **options,
    }
