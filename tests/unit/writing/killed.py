"""Writes a set into each of the folders, in processes that are killed: the first one at its first
call, the second one at its second call, and so on. A small process forks fast."""

import os
import signal
import sys
from pathlib import Path

from tests.unit.writing.counting import Counter
from tests.unit.writing.folders import NEW_SET, write


def main(targets: list[str]) -> None:
    """Write and be killed; each child has to be."""
    os.fsync = lambda _: None  # type: ignore[assignment]  # nothing here loses power
    for at, target in enumerate(targets, 1):
        child = os.fork()
        if child == 0:
            try:
                Counter(at, lambda: os.kill(os.getpid(), signal.SIGKILL)).over(setattr)
                write(Path(target), NEW_SET)
            finally:
                os._exit(3)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code == -signal.SIGKILL, f"call {at}: {code}"


if __name__ == "__main__":
    main(sys.argv[1:])
