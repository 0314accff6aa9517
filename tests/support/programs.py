"""The root program `__main__.py` itself, run on the recording monitor with a stack file."""

import contextlib
import json
import os
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from lab.metal_api.mocks import MetalMocks, open_mocks
from lab.metal_api.seed import Seed, load_seed
from tests.support.record import Record
from tests.support.recording import run, run_failing

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("demo", "seed", "packet", "onprem")
"""The stack files that this product ships."""

Sections = dict[str, Any]
Edit = Callable[[Sections], None]


def sections(stack: str, edit: Edit | None = None) -> Sections:
    """What stands in a shipped stack file under `metallb:`, edited in place by a test."""
    document = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    found = {
        key.removeprefix("metallb:"): value
        for key, value in document["config"].items()
        if key.startswith("metallb:")
    }
    if edit is not None:
        edit(found)
    return found


def cloud_of(stack: Sections, seed: Seed | None = None) -> MetalMocks:
    """An emulated cloud with the project that the stack file names."""
    seed = seed or load_seed("demo")
    platform = stack.get("platform")
    project = platform.get("projectId") if isinstance(platform, dict) else None
    project = project or seed.project.id
    return open_mocks(
        seed.model_copy(update={"project": seed.project.model_copy(update={"id": project})})
    )


def run_root(stack: str | Sections, edit: Edit | None = None, **options: Any) -> Record:
    """Run the root program with a shipped stack file, or with sections of a test's own."""
    prepared = _prepared(stack, edit, options)
    with _no_network(prepared["cloud"]):
        return run(**prepared)


def run_root_failing(stack: str | Sections, edit: Edit | None = None, **options: Any) -> Record:
    """The same for a program that has to fail."""
    prepared = _prepared(stack, edit, options)
    with _no_network(prepared["cloud"]):
        return run_failing(**prepared)


@contextlib.contextmanager
def _no_network(cloud: MetalMocks) -> Iterator[None]:
    """The program's own look-ups go to the emulation; no token of this machine is used."""

    def send(method: str, path: str, token: str, query: Any = None) -> tuple[int, bytes]:
        reply = cloud.api.handle(method, path, query=query or {}, token=token)
        return reply.status, json.dumps(reply.body).encode()

    tokens = {"METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN"}
    kept = {key: value for key, value in os.environ.items() if key not in tokens}
    with (
        mock.patch("metallb.platforms.equinix_metal.transport.send", send),
        mock.patch.dict(os.environ, kept, clear=True),
    ):
        yield


def _prepared(stack: str | Sections, edit: Edit | None, options: dict[str, Any]) -> dict[str, Any]:
    found = sections(stack, edit) if isinstance(stack, str) else stack
    name = stack if isinstance(stack, str) else "test"
    options.setdefault("cloud", cloud_of(found))
    extra = options.pop("config", {})
    config = {f"metallb:{key}": json.dumps(value) for key, value in found.items()}

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return {"program": program, "stack": name, "config": {**config, **extra}, **options}
