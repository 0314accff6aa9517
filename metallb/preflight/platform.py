"""The rule that facts of a platform fit the stack file."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__: list[str] = []


@rule("M10", Severity.ERROR)
def facts_fit(case: Case) -> Iterator[Hit]:
    """The platform's facts do not fit the stack file.

    Requirement: The platform's facts fit the stack file.
    Why: a preview would show other objects than the update makes.
    Help: correct the stack file to what the devices are.
    Source: the product's own rule.
    """
    if case.misfit is not None:
        problem = case.misfit.problem
        where = problem.location or ("metallb:platform",)
        yield Hit(where, problem.summary, problem.detail, problem.help)
