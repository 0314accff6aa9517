"""The one exception tree of this product.

Every error that a person can cause or meet carries four facts: *where* (a key of the stack file, an
object, a call), what was *seen* there, the *rule*, and the *remedy*. A secret's value never goes
into any of them: callers pass a description ("a password of 4 characters") instead.
"""

from collections.abc import Iterable

__all__ = [
    "AnswersError",
    "ConfigError",
    "EngineError",
    "MetalLBError",
    "PlatformError",
    "PreflightError",
    "RenderError",
    "UsageError",
]


class MetalLBError(Exception):
    """A mistake or a failure, told as where / seen / rule / remedy.

    Does not log, print or exit: the command line (`metallb.cli`) and the program's root do that.
    """

    exit_code = 1
    """Process exit code when this error ends a command: 2 a person's input, 1 anything else."""

    def __init__(
        self,
        *,
        where: str,
        seen: str = "",
        rule: str,
        remedy: str = "",
        mistakes: Iterable["MetalLBError"] = (),
        file: str = "",
        file_line: int = 0,
    ) -> None:
        """What went wrong.

        :param mistakes: where one error stands for many, each of them.
        :param file: the file to look at, where `where` is not clear about it.
        :param file_line: line of that file, counted from one; 0 where it is not known.
        """
        self.mistakes: tuple[MetalLBError, ...] = tuple(mistakes)
        self.file = file
        self.file_line = file_line
        self.where = where
        self.seen = seen
        self.rule = rule
        self.remedy = remedy
        super().__init__(self.line())

    def line(self) -> str:
        """The whole error on one line, in the order a reader looks for it."""
        parts = [f"{self.where}: {self.rule}"]
        if self.seen:
            parts.append(f"seen: {self.seen}")
        if self.remedy:
            parts.append(f"remedy: {self.remedy}")
        return "; ".join(_one_line(part) for part in parts)

    def __str__(self) -> str:
        if not self.mistakes:
            return self.line()
        return "\n".join(mistake.line() for mistake in self.mistakes)


class ConfigError(MetalLBError):
    """The stack file does not hold together. Carries every mistake, one line each."""

    exit_code = 2


class PreflightError(ConfigError):
    """The stack file is well formed, but what it asks for would fail or silently do nothing."""


class UsageError(MetalLBError):
    """The command line asks for what can't be done: a path to write, a stack to render."""

    exit_code = 2


class PlatformError(MetalLBError):
    """What the platform answered (a device, a block, a session) can't be used."""


class AnswersError(MetalLBError):
    """The answers file lacks, or spells wrongly, what the platform would have said."""

    exit_code = 2


class RenderError(MetalLBError):
    """The manifests could not be written."""


class EngineError(MetalLBError):
    """The Pulumi engine, or the way to it, failed. The engine's own text is the `__cause__`."""


def _one_line(text: str) -> str:
    return " ".join(text.split())
