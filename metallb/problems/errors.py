"""The exceptions of this product. Each carries one problem or several.

A secret's value never goes into any of them: callers describe it ("a password of 4 characters").
"""

from collections.abc import Iterable
from typing import ClassVar, Self

from metallb.problems.escape import one_line
from metallb.problems.problem import Location, Position, Problem, Severity, spelled
from metallb.problems.text import problems_text

__all__ = [
    "ConfigError",
    "EngineError",
    "MetalLBError",
    "PlatformError",
    "PreflightError",
    "RenderError",
    "SnapshotError",
    "UsageError",
]


class MetalLBError(Exception):
    """A person's mistake or a failure.

    Does not log, print or exit: the command line (`metallb.cli`) and the program's root do that.

    :ivar problems: what is wrong; one, unless the error stands for all mistakes of a file.
    """

    exit_code: ClassVar[int] = 1
    """Process exit code when this error ends a command: 2 a person's input, 1 anything else."""
    code: ClassVar[str] = "E900"
    """Code of an error that names no other."""

    def __init__(
        self,
        summary: str = "",
        *,
        code: str = "",
        location: Location = (),
        detail: str = "",
        help: str = "",
        position: Position | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        """What is wrong, with the fields of a `Problem`.

        :param problems: where one error stands for several, each of them; `summary` counts them.
        """
        self.problem = Problem(
            code=code or self.code,
            severity=Severity.ERROR,
            summary=one_line(summary),
            location=location,
            detail=one_line(detail),
            help=one_line(help),
            position=position,
        )
        self.problems: tuple[Problem, ...] = tuple(problems) or (self.problem,)
        # Not `super()`: a subclass may be an error of Pulumi's as well.
        Exception.__init__(self, self.line())

    @classmethod
    def of(cls, problems: Iterable[Problem], summary: str) -> Self:
        """One error for all the problems of a file.

        :param summary: what they are together, such as `2 mistakes in Pulumi.dc1.yaml`.
        """
        return cls(summary, problems=problems)

    def line(self) -> str:
        """The whole error on one line, for where one line is all there is."""
        problem = self.problem
        place = f" ({one_line(spelled(problem.location))})" if problem.location else ""
        parts = [f"{problem.summary}{place}", problem.detail]
        parts.append(f"help: {problem.help}" if problem.help else "")
        return "; ".join(part for part in parts if part)

    def __str__(self) -> str:
        return problems_text(self.problems)


class ConfigError(MetalLBError):
    """The stack file does not hold together. Carries every mistake."""

    exit_code = 2
    code = "E105"


class PreflightError(ConfigError):
    """The stack file is well formed, but what it describes would fail or silently do nothing."""


class UsageError(MetalLBError):
    """The command line is for what can't be done: a path to write, a stack to render."""

    exit_code = 2
    code = "E202"


class PlatformError(MetalLBError):
    """A fact of the platform (a device, a block, a session) can't be used."""

    code = "E303"


class SnapshotError(MetalLBError):
    """The file of recorded facts lacks a fact, or spells it wrongly."""

    exit_code = 2
    code = "E402"


class RenderError(MetalLBError):
    """The manifests could not be written."""

    code = "E203"


class EngineError(MetalLBError):
    """The Pulumi engine, or the way to it, failed. The engine's own text is the `__cause__`."""

    code = "E500"
