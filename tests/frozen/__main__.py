"""Makes the frozen trees from a checkout: `python -m tests.frozen CHECKOUT`.

Not for every change: what is kept is what version 1 wrote. A stack is added here, and its tree made
from a checkout of version 1.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.frozen import frozen_stacks, load_tree, save_tree, stack_file, tree_of


def main(checkout: Path) -> int:
    """Render every stack with the checkout's program and keep the result."""
    for name in frozen_stacks():
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "out"
            stack = stack_file(name)
            command = [sys.executable, "-m", "metallb", "render", str(stack), "-o", str(target)]
            environment = {**os.environ, "PYTHONPATH": str(checkout)}
            subprocess.run(command, cwd=checkout, env=environment, check=True)
            files = tree_of(target)
        save_tree(name, files)
        if load_tree(name) != files:
            print(f"{name}: does not come back as it was", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
