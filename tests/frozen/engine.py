"""One operation of the engine on a frozen stack, with the program of any checkout.

`python -m tests.frozen.engine CHECKOUT STACK up|preview FOLDER`: FOLDER holds the stack file in
`stacks/` and the state in `state/`. Prints the state after `up`, and after `preview` what each
resource that is not left alone would get, as JSON. The environment names CLI, plugins and cloud.
"""

import json
import os
import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from pulumi.automation.events import EngineEvent

__all__ = ["SALT", "main"]

SALT = "v1:ETWPhD0z+XA=:v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ=="
"""Of an empty passphrase: states that were made with it can be read by anybody."""
_LEFT = ("same", "read", "refresh")


def main(checkout: Path, name: str, command: str, folder: Path) -> int:
    """Run the operation."""
    sys.path.insert(0, str(checkout))
    (folder / "state").mkdir(exist_ok=True)
    shutil.copy(checkout / "Pulumi.yaml", folder)
    os.chdir(folder)

    def program() -> None:
        runpy.run_path(str(checkout / "__main__.py"), run_name="__main__")

    workspace = auto.LocalWorkspace(
        work_dir=str(folder),
        program=program,
        env_vars={
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        },
    )
    stack = auto.Stack.create_or_select(name, workspace)
    state = folder / "frozen.json"
    if state.exists():
        deployment = json.loads(state.read_text(encoding="utf-8"))
        stack.import_stack(auto.Deployment(version=3, deployment=deployment))
    changed: dict[str, Any] = {}

    def hear(event: EngineEvent) -> None:
        if event.resource_pre_event and event.resource_pre_event.metadata.op.value not in _LEFT:
            data = event.resource_pre_event.metadata
            changed[data.urn] = [data.op.value, *sorted(data.detailed_diff or {})]

    if command == "preview":
        stack.preview(on_event=hear)
        print(json.dumps(changed))
    else:
        stack.up(on_event=hear)
        print(json.dumps(stack.export_stack().deployment))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3], Path(sys.argv[4])))
