"""Codes of mistakes in the form of a file, and the problem of one.

Apart from `metallb.stackfile.mistakes`, which is loaded for a file that has any.
"""

from metallb.problems.problem import Location, Problem, Severity

__all__ = [
    "ENCRYPTED",
    "MISSING",
    "TOGETHER",
    "TWICE",
    "UNDEFINED",
    "UNKNOWN_KEY",
    "WRONG_TYPE",
    "WRONG_VALUE",
    "problem_of_form",
]

UNKNOWN_KEY, MISSING, WRONG_TYPE, WRONG_VALUE = "E102", "E103", "E104", "E105"
TWICE, UNDEFINED, ENCRYPTED, TOGETHER = "E108", "E109", "E110", "E111"
"""Code of a value that is encrypted and needed: nothing is wrong with it."""


def problem_of_form(
    summary: str, location: Location, *, code: str = WRONG_VALUE, detail: str = "", help: str = ""
) -> Problem:
    """An error in the form of a file."""
    return Problem(code, Severity.ERROR, summary, location, detail, help)
