"""What is wrong with a document or an order that does not fit its model."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lab.metal_api.errors import MetalApiError
from metallb.problems.problem import Problem

__all__ = ["malformed"]

_CODES = {"missing": "E103", "extra_forbidden": "E102"}
_INVALID = "E105"


def malformed(error: ValidationError, what: str, *, help: str) -> MetalApiError:
    """One error for all that a model refuses.

    :param what: the document in a message, such as `the fault rule`.
    """
    details = error.errors(include_input=False, include_url=False)
    # A union gives a detail for each of its types, whose name is a step with brackets.
    problems = list(dict.fromkeys(_problem(each, what, help) for each in details))
    return MetalApiError.of(problems, f"{len(problems)} mistakes in {what}")


def _problem(detail: ErrorDetails, what: str, help: str) -> Problem:
    code = _CODES.get(detail["type"], _INVALID)
    summary = _summary(detail, what)
    location = tuple(step for step in detail["loc"] if "[" not in str(step))
    return MetalApiError(summary, code=code, location=location, help=help).problem


def _summary(detail: ErrorDetails, what: str) -> str:
    """Values are not shown: a seed has passwords."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"a key of {what} is missing"
        case "extra_forbidden":
            return f"a key of {what} is not known"
        case "greater_than_equal":
            return f"a value of {what} is less than {context['ge']:g}"
        case "less_than_equal":
            return f"a value of {what} is greater than {context['le']:g}"
        case "enum" | "literal_error":
            return f"a value of {what} is not {context['expected']}"
        case "string_pattern_mismatch":
            return f"a value of {what} does not match {context['pattern']}"
        case "value_error" if not detail["loc"]:
            return f"{what} does not hold together: {context['error']}"
        case _:
            return f"a value of {what} has the wrong form"
