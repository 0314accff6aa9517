"""Shows a run while it lasts: a line a finished step, and below them what is going on.

Writes to standard error, so that standard output holds the result alone. Where that is no terminal,
a step that takes long has a line from time to time, with what it waits for.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from metallb.problems.escape import visible
from metallb.runner.text import short_type

__all__ = ["Progress"]

_STYLE = {"create": "green", "delete": "red", "update": "yellow", "replace": "magenta"}
_SHOWN = 3
_LONG = 10.0
"""Seconds from which on a step's time is shown."""
_BETWEEN = 30.0
"""Seconds between two lines where there is no terminal."""


@dataclass
class _Running:
    what: str
    since: float
    waits: str = ""


class Progress:
    """A context in which `step` may be called from any thread.

    :param steps: whether finished steps are worth a line; a preview shows them all at its end.
    :param planned: how many there will be; 0 where that is not known.
    :param clock: seconds that pass.
    """

    def __init__(
        self,
        title: str,
        *,
        steps: bool,
        planned: int = 0,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title = title
        self._steps = steps
        self._of = f" of {planned}" if planned else ""
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._done = 0
        # Made anew for each frame, so that the seconds go on while nothing else happens.
        self._status = self._console.status(self)
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._status.start()
        if not self._console.is_terminal:
            threading.Thread(target=self._report_waits, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._status.stop()

    def __rich__(self) -> Text:
        done = f", {self._done}{self._of} done" if self._steps else ""
        lines = [visible(f"{self._title}{done}"), *(f"  {each}" for each in self._listed())]
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")

    def notice(self, text: str) -> None:
        """One line of what is going to happen."""
        self._console.print(text, markup=False)

    def step(self, phase: str, kind: str, token: str, name: str) -> None:
        """One step of the engine: begun, done or failed; what it waits for; or a note."""
        if phase == "notes":
            if self._steps:
                self.notice(f"{'note':>16}  {visible(kind)}")
            return
        what = visible(f"{short_type(token)} {name}")
        if phase == "begun":
            own = name.rpartition(f"-{short_type(token).lower()}-")[2]
            self._running[name] = _Running(visible(f"{short_type(token)} {own}"), self._clock())
            return
        if phase == "waits":
            if name in self._running:
                self._running[name].waits = visible(kind)
            return
        self._running.pop(name, None)
        self._done += 1
        if self._steps:
            word = f"{kind} failed" if phase == "failed" else kind
            style = "red bold" if phase == "failed" else _STYLE.get(kind, "cyan")
            self._console.print(Text.assemble((f"{word:>16}", style), "  ", what))

    def waiting(self) -> str:
        """A line about the steps that take long; empty where none does."""
        return ", ".join(self._listed(least=_LONG))

    def _listed(self, least: float = 0.0) -> list[str]:
        """What is going on, the longest first; of many the last entry has their number."""
        now = self._clock()
        running = [each for each in list(self._running.values()) if now - each.since >= least]
        shown = [_of(each, now - each.since) for each in running[:_SHOWN]]
        more = [f"and {len(running) - _SHOWN} more"] if len(running) > _SHOWN else []
        return shown + more

    def _report_waits(self) -> None:
        while not self._ended.wait(_BETWEEN):
            line = self.waiting()
            if line:
                self._console.print(f"{'waiting':>16}  {line}", markup=False)


def _of(running: _Running, seconds: float) -> str:
    """What goes on, for how long, and what it waits for."""
    what = f"{running.what} ({seconds:.0f} s)" if seconds >= _LONG else running.what
    return f"{what}: {running.waits}" if running.waits else what
