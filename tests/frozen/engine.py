"""The first update of a frozen stack, with the program of any checkout.

`python -m tests.frozen.engine CHECKOUT STACK FOLDER`: FOLDER holds the stack file in `stacks/`.
Prints the state as JSON. The environment names CLI, plugins and cloud.
"""

import json
import os
import runpy
import shutil
import sys
from pathlib import Path

import pulumi.automation as auto

__all__ = ["SALT", "main"]

SALT = "v1:ETWPhD0z+XA=:v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ=="
"""Of an empty passphrase: states that were made with it can be read by anybody."""


def main(checkout: Path, name: str, folder: Path) -> int:
    """Run the update."""
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
    stack.up()
    print(json.dumps(stack.export_stack().deployment))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2], Path(sys.argv[3])))
