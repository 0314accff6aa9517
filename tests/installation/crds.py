"""Compares CRD schemas field by field: whatever one takes, the other has to know."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from lab.paths import TOOLS

Schema = dict[str, Any]


def upstream() -> dict[str, Schema]:
    """MetalLB's own CRDs by kind, as they lie in the module that the controller is built from.

    They are read where the Go toolchain keeps them; none of them is part of this repository.
    """
    command = ["go", "list", "-m", "-f", "{{.Dir}}", "go.universe.tf/metallb"]
    done = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True, check=True)
    folder = Path(done.stdout.strip()) / "config" / "crd" / "bases"
    found = [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("metallb.io_*.yaml"))]
    return {crd["spec"]["names"]["kind"]: crd for crd in found}


def versions(crd: Schema) -> dict[str, Schema]:
    """The schema of every version of a CRD."""
    return {v["name"]: v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"]}


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field of a schema below spec and status, with its type."""
    for name, inner in schema.get("properties", {}).items():
        if not path and name not in ("spec", "status"):
            continue
        here = f"{path}.{name}" if path else name
        yield here, inner.get("type", "?")
        yield from fields(inner, here)
        if isinstance(inner.get("items"), dict):
            yield from fields(inner["items"], f"{here}[]")
        if isinstance(inner.get("additionalProperties"), dict):
            yield from fields(inner["additionalProperties"], f"{here}{{}}")
