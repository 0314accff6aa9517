"""A shell that gets a page's lines one by one, as a reader types them."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 600.0


class Lacking(Exception):
    """This machine can't give what a command needs; the text says what."""


@dataclass(frozen=True)
class Output:
    """How a line ended, and all it printed."""

    code: int
    text: str


class Shell:
    """One bash. What a line sets, changes or sources is there for the next one.

    :param before: a command that starts the bash, such as `ip netns exec NAME`.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], before: Sequence[str] = ()
    ) -> None:
        self._files = folder / f".shell-{id(self)}"
        self._files.mkdir()
        self._terminals: list[int] = []
        self._bash = subprocess.Popen(
            [*before, "bash", "--norc", "--noprofile"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def run(
        self, line: str, *, piped: str = "", typed: str = "", seconds: float = SECONDS
    ) -> Output:
        """Run one line; it reads what is piped to it, or typed at a terminal."""
        (self._files / "line").write_text(line)
        (self._files / "input").write_text(piped)
        source = self._terminal(typed) if typed else str(self._files / "input")
        out = self._files / "output"
        self._tell(f'eval "$(<{self._files}/line)" <{source} >{out} 2>&1; echo "$?"\n')
        code = self._hear(line, seconds)
        return Output(code, out.read_text(errors="replace"))

    def close(self) -> None:
        """End the bash, and what it left in the foreground."""
        if self._bash.poll() is None:
            os.killpg(self._bash.pid, signal.SIGTERM)
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.close()
        self._bash.stdout.close()
        try:
            self._bash.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self._bash.pid, signal.SIGKILL)
            self._bash.wait()
        while self._terminals:
            os.close(self._terminals.pop())

    def _terminal(self, typed: str) -> str:
        """The name of a terminal at which something was typed already.

        The first one becomes bash's own, which ends when it is closed.
        """
        ours, theirs = os.openpty()
        self._terminals += [ours, theirs]
        os.write(ours, f"{typed}\n".encode())
        return os.ttyname(theirs)

    def _tell(self, text: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(text.encode())
        self._bash.stdin.flush()

    def _hear(self, line: str, seconds: float) -> int:
        assert self._bash.stdout is not None
        deadline = time.monotonic() + seconds
        heard = b""
        while not heard.endswith(b"\n"):
            ready, _, _ = select.select([self._bash.stdout], [], [], deadline - time.monotonic())
            part = os.read(self._bash.stdout.fileno(), 64) if ready else b""
            if not part:
                self.close()
                output = (self._files / "output").read_text(errors="replace")
                raise AssertionError(f"`{line}` did not end within {seconds:g} s: {output}")
            heard += part
        return int(heard)
