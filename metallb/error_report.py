"""An error as the JSON documents of the commands tell it, under `error`."""

from metallb.errors import MetalLBError
from metallb.strict import StrictModel

__all__ = ["ErrorReport"]

_INTERRUPTED = 130


class ErrorReport(StrictModel):
    """Why a command did not come to what it promises."""

    where: str
    """What failed."""
    seen: str
    """What was seen, such as the engine's own words."""
    rule: str
    """What holds."""
    remedy: str
    """What to do."""
    exit_code: int
    """Exit code of the process."""

    @classmethod
    def of(cls, error: MetalLBError) -> "ErrorReport":
        """The report of an error; several mistakes are one text, a line each."""
        mistakes = getattr(error, "mistakes", ())
        return cls(
            where=error.where,
            seen="\n".join(mistake.line() for mistake in mistakes) or error.seen,
            rule=error.rule,
            remedy=error.remedy,
            exit_code=error.exit_code,
        )

    @classmethod
    def of_any(cls, where: str, error: BaseException) -> "ErrorReport":
        """The report of whatever ended a command.

        The text of an error that nobody foresaw may hold anything, so only its kind is told.
        """
        if isinstance(error, MetalLBError):
            return cls.of(error)
        if isinstance(error, KeyboardInterrupt):
            return cls(
                where=where,
                seen="interrupted",
                rule="it runs to its end before anything is known",
                remedy="run it again",
                exit_code=_INTERRUPTED,
            )
        return cls(
            where=where,
            seen=type(error).__name__,
            rule="every failure is foreseen and explained, and this one was not",
            remedy="standard error has the whole of it: report it as a defect",
            exit_code=1,
        )
