"""`python -m tools.engine`: build the engine, once."""

import sys

from lab.engine_home import BUILT
from metallb.problems.errors import MetalLBError
from tools.engine.build import build, built


def main() -> int:
    """Build what is missing; its exit code."""
    try:
        if not built():
            print("building the engine from Go modules: about ten minutes, once", flush=True)
        build(lambda line: print(f"  {line}", flush=True))
    except MetalLBError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"engine in {BUILT}: make up uses it where no other Pulumi CLI is installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
