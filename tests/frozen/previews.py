"""Previews over the frozen states, by the present program in this process."""

import json
import shutil
import tempfile
from contextlib import chdir
from pathlib import Path

from pulumi.automation.events import EngineEvent

from metallb.runner.engine_stack import EngineStack
from metallb.runner.inline import inline_program
from tests.frozen import state_file
from tests.frozen.states import cloud_of, write_stack
from tests.support.engine import engine
from tests.support.paths import PROJECT_ROOT
from tests.updates.cli import Cli
from tests.updates.harness import STACK, Workspace, backend, new_backend

__all__ = ["previewed"]

_LEFT = ("same", "read", "refresh")


def previewed(name: str) -> dict[str, list[str]]:
    """What an update over the frozen state would change: operation and properties by URN."""
    kept = state_file(name)
    with (
        tempfile.TemporaryDirectory() as place,
        cloud_of(Path(place), name, kept.with_suffix(".cloud.json")) as environment,
        chdir(place),
    ):
        folder = Path(place)
        write_stack(name, folder)
        shutil.copy(PROJECT_ROOT / "Pulumi.yaml", folder)
        _restore(name, kept, folder)
        cli = Cli(engine().cli)
        settings = {**environment, **backend(folder)}
        program = inline_program(cli.cli, folder, settings)
        workspace = Workspace(
            work_dir=place, pulumi_command=cli, env_vars=settings, program=program
        )
        return _changes(EngineStack.select(name, workspace))


def _restore(name: str, kept: Path, folder: Path) -> None:
    """Put the state into a backend of its own."""
    shutil.copytree(new_backend(), folder / "state")
    (empty,) = (folder / "state" / ".pulumi" / "stacks").rglob(f"{STACK}.json")
    document = json.loads(empty.read_text(encoding="utf-8"))
    document["checkpoint"]["stack"] = document["checkpoint"]["stack"].replace(STACK, name)
    document["checkpoint"]["latest"] = json.loads(kept.read_text(encoding="utf-8"))
    empty.with_name(f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def _changes(stack: EngineStack) -> dict[str, list[str]]:
    changed: dict[str, list[str]] = {}

    def hear(event: EngineEvent) -> None:
        if event.resource_pre_event and event.resource_pre_event.metadata.op.value not in _LEFT:
            data = event.resource_pre_event.metadata
            changed[data.urn] = [data.op.value, *sorted(data.detailed_diff or {})]

    stack.preview(on_event=hear)
    return changed
