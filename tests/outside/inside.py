"""Runs where the outside platform is installed: the program on mocks, drift, and recovery.

Prints one JSON document: what was registered in a preview and in an update, and what drifts.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pulumi.runtime import config, mocks, settings, stack
from pulumi.runtime.sync_await import _sync_await

from metallb.loading.stack import load_file
from metallb.program.deploy import main
from metallb.repair import Repair
from metallb.status.drift import drift
from metallb.status.look import Look


class Engine(mocks.Mocks):
    """Keeps every registration."""

    def __init__(self) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.made.append((args.typ, args.inputs))
        return args.name, args.inputs

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        raise AssertionError(f"{args.token} was called")


def run(path: Path, *, preview: bool) -> dict[str, Any]:
    """One run of the program; specs of MetalLB's objects by kind and name."""
    loaded = load_file(path)
    engine = Engine()
    settings.set_root_resource(None)  # type: ignore[arg-type]
    mocks.set_mocks(engine, project="metallb", stack=loaded.name, preview=preview)
    settings.set_root_resource(None)  # type: ignore[arg-type]
    values = {f"metallb:{key}": json.dumps(value) for key, value in loaded.file.sections.items()}
    config.set_all_config(values, [])
    recorded = loaded.recorded
    _sync_await(stack.run_in_stack(lambda: main(lambda _: None, lambda: recorded(required=True))))
    return {
        f"{inputs['kind']} {inputs['metadata']['name']}": inputs.get("spec")
        for kind, inputs in engine.made
        if kind.startswith("kubernetes:metallb.io")
    }


def live(specs: dict[str, Any], *, without: str) -> Look:
    """A cluster with these objects, one of which was deleted by hand."""
    look = Look()
    for key, spec in specs.items():
        kind, name = key.split(" ")
        if key != without:
            look.objects.setdefault(kind, []).append({"metadata": {"name": name}, "spec": spec})
    return look


def document(path: Path) -> dict[str, Any]:
    """Everything that the test looks at."""
    loaded = load_file(path)
    specs = run(path, preview=False)
    without = sorted(key for key in specs if key.startswith("BGPPeer"))[0]
    found = drift(live(specs, without=without), loaded.config, loaded.recorded())
    platform = loaded.config.platform
    repair = Repair(lambda _: '{"deployment": {}}', "metallb", loaded.name)
    return {
        "preview": run(path, preview=True),
        "update": specs,
        "drift": [[each.kind, each.name, each.what] for each in found if each.kind != "Pod"],
        "recovered": list(repair.run()),
        "hints": list(repair.hints()),
        "recovery": platform.recovery("metallb", loaded.name, None),
    }


if __name__ == "__main__":
    print(json.dumps(document(Path(sys.argv[1]))))
