"""Problem: one thing that is wrong, as data. Text is made of it only when it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

__all__ = ["Location", "Position", "Problem", "Severity", "Unshown", "spelled"]

Location = tuple[str | int, ...]
"""Keys from the top of a document down to a value, and positions in lists (from 0). The first key
may name the document's part or object: `("metallb:bgp", "holdTime")`."""


class Unshown(str):
    """A key of a location that may be a secret: it leads to its place, and is never shown."""

    __slots__ = ()
    words = "the key (not shown)"
    step = "(key not shown)"


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"
    """It fails, or does nothing: the program stops. Can't be ignored."""
    WARNING = "warning"
    """It works, and may still hurt. A stack file may ignore it, with a reason."""


class Position(NamedTuple):
    """A place in a file.

    :ivar line: counted from 1; 0 where only the file is known.
    :ivar column: counted from 1; 0 where only the line is known.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(parts)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. No field ever holds a secret's value.

    :ivar code: id of the rule, or of the kind of error (`metallb.problems.codes`).
    :ivar summary: what is wrong: one line, no full stop.
    :ivar location: keys of the value that is wrong; empty where no document has it.
    :ivar detail: the rule that is broken, why it exists and where that is known from.
    :ivar help: what to do.
    :ivar position: where `location` stands in a file, once a command has looked.
    """

    code: str
    severity: Severity
    summary: str
    location: Location = ()
    detail: str = ""
    help: str = ""
    position: Position | None = None

    @property
    def is_error(self) -> bool:
        """Whether the program stops."""
        return self.severity is Severity.ERROR

    @property
    def identity(self) -> tuple[str, Location, str]:
        """Two problems with the same one are one, also where one has a better help."""
        return (self.code, self.location, self.summary)

    @property
    def where(self) -> str:
        """The location as people write it, without the file that `position` names."""
        text = spelled(self.location)
        return text.removeprefix(f"{self.position.file}: ") if self.position else text

    def at(self, position: Position | None) -> "Problem":
        """The same problem in a file."""
        return replace(self, position=position)

    def below(self, *keys: str | int) -> "Problem":
        """The same problem of a document that is a part of another one."""
        return replace(self, location=(*keys, *self.location))

    def as_dict(self) -> dict[str, Any]:
        """The problem as a JSON object; `from_dict` reads it back."""
        position = self.position
        return {
            "code": self.code,
            "severity": str(self.severity),
            "summary": self.summary,
            "location": [_shown(step) for step in self.location],
            "detail": self.detail,
            "help": self.help,
            "position": [position.file, position.line, position.column] if position else None,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Problem":
        """The problem that `as_dict` wrote."""
        position = value["position"]
        return cls(
            code=value["code"],
            severity=Severity(value["severity"]),
            summary=value["summary"],
            location=tuple(value["location"]),
            detail=value["detail"],
            help=value["help"],
            position=Position(*position) if position else None,
        )


def _shown(step: str | int) -> str | int:
    return step.step if isinstance(step, Unshown) else step


def spelled(location: Iterable[str | int]) -> str:
    """A location as people write it: `metallb:platform.racks[0].name`.

    A first key that names an object, and so has a blank, ends with a colon:
    `tor.yaml: BGPPeer tor1: spec`.
    """
    text = ""
    for position, step in enumerate(map(_shown, location)):
        if isinstance(step, int):
            text += f"[{step}]"
        elif position == 1 and " " in text:
            text += f": {step}"
        else:
            text += f".{step}" if text else step
    return text
