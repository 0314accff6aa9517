"""Problems and errors as the JSON documents of the commands have them.

The names of the fields are those of the first version of the documents, and stay.
"""

from pydantic import Field

from metallb.models.strict import StrictModel
from metallb.problems.codes import INTERNAL
from metallb.problems.documents import plain
from metallb.problems.errors import MetalLBError
from metallb.problems.escape import escaped
from metallb.problems.problem import Position, Problem, Severity
from metallb.problems.text import first_line

__all__ = ["ErrorReport", "ProblemReport", "error_of_any"]

_INTERRUPTED = 130


class ProblemReport(StrictModel):
    """One problem: of the preflight, or of those that ended a command."""

    id: str
    """Id of the rule; FORM for a problem that is no rule."""
    code: str = ""
    """Id of the rule, or code of the error (docs/rules.md)."""
    severity: str
    """error or warning."""
    where: str
    """Location in the stack file, or of an object, as text."""
    location: tuple[str | int, ...] = ()
    """The same as keys and positions."""
    summary: str = Field(alias="seen")
    """What is wrong."""
    detail: str = Field(alias="rule")
    """The rule that is broken, why it exists and its source."""
    help: str = Field(alias="remedy")
    """What to do."""
    file: str
    """The stack file."""
    line: int
    """Line, counted from one; 0 where it is not known."""
    column: int = 0
    """Column, counted from one; 0 where it is not known."""

    @classmethod
    def of(cls, problem: Problem) -> "ProblemReport":
        """The report of a problem."""
        fields = plain(problem)
        for name, empty in (("file", ""), ("line", 0), ("column", 0)):
            fields[name] = fields[name] or empty
        return cls(**fields)

    def problem(self) -> Problem:
        """The problem that this reports."""
        return Problem(
            code=self.code or self.id,
            severity=Severity(self.severity),
            summary=self.summary,
            location=self.location,
            detail=self.detail,
            help=self.help,
            position=Position(self.file, self.line, self.column) if self.file else None,
        )


class ErrorReport(StrictModel):
    """Why a command did not do what it promises."""

    where: str
    """Location of the problem, or the command."""
    summary: str = Field(alias="seen")
    """What is wrong; several problems are a line each."""
    detail: str = Field(alias="rule")
    """The rule that is broken, why it exists and its source."""
    help: str = Field(alias="remedy")
    """What to do."""
    exit_code: int
    """Exit code of the process."""
    problems: tuple[ProblemReport, ...] = ()
    """Every problem by itself."""

    @classmethod
    def of(cls, error: MetalLBError, command: str = "") -> "ErrorReport":
        """The report of an error.

        :param command: what failed, for an error that has no location.
        """
        reports = tuple(ProblemReport.of(each) for each in error.problems)
        only = error.problems[0] if len(error.problems) == 1 else error.problem
        lines = (first_line(each) for each in error.problems)
        return cls(
            where=escaped(only.where or command),
            summary=escaped(only.summary) if len(error.problems) == 1 else "\n".join(lines),
            detail=escaped(only.detail),
            help=escaped(only.help),
            exit_code=error.exit_code,
            problems=reports,
        )

    @classmethod
    def of_any(cls, command: str, error: BaseException) -> "ErrorReport":
        """The report of whatever ended a command."""
        found = error_of_any(error)
        if found is not None:
            return cls.of(found, command)
        return cls(
            where=command,
            summary="interrupted",
            detail="the result is known only at the end of the run",
            help="run it again",
            exit_code=_INTERRUPTED,
        )


def error_of_any(error: BaseException) -> MetalLBError | None:
    """An error of ours for any exception but an interruption.

    The text of one that is not ours may hold anything, so only its type is shown.
    """
    if isinstance(error, MetalLBError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return None
    return MetalLBError(
        f"internal error ({type(error).__name__})",
        code=INTERNAL,
        help="report it as a defect, with what standard error shows",
    )
