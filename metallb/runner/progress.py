"""Shows a run while it lasts: a line a finished step, and below them what is going on.

Writes to standard error, so that standard output holds the result alone.
"""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from metallb.problems.escape import visible
from metallb.runner.text import short_type

__all__ = ["Progress"]

_STYLE = {"create": "green", "delete": "red", "update": "yellow", "replace": "magenta"}
_SHOWN = 3


class Progress:
    """A context in which `step` may be called from any thread.

    :param steps: whether finished steps are worth a line; a preview shows them all at its end.
    """

    def __init__(self, title: str, *, steps: bool, console: Console | None = None) -> None:
        self._title = title
        self._steps = steps
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._running: dict[str, str] = {}
        self._done = 0
        self._status = self._console.status(_plain(title))

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._status.stop()

    def notice(self, text: str) -> None:
        """One line of what is going to happen."""
        self._console.print(text, markup=False)

    def step(self, phase: str, kind: str, token: str, name: str) -> None:
        """One step of the engine: begun, done or failed."""
        what = visible(f"{short_type(token)} {name}")
        if phase == "begun":
            self._running[name] = what
        else:
            self._running.pop(name, None)
            self._done += 1
            if self._steps:
                word = f"{kind} failed" if phase == "failed" else kind
                style = "red bold" if phase == "failed" else _STYLE.get(kind, "cyan")
                self._console.print(f"{word:>16}", style=style, end="  ", markup=False)
                self._console.print(what, markup=False)
        running = list(self._running.values())
        more = f" and {len(running) - _SHOWN} more" if len(running) > _SHOWN else ""
        doing = f": {', '.join(running[:_SHOWN])}{more}" if running else ""
        self._status.update(_plain(f"{self._title}, {self._done} done{doing}"))


def _plain(text: str) -> Text:
    """A text without markup, which names might hold."""
    return Text(visible(text))
