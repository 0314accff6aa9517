"""What is wrong with a value of a foreign file, where pydantic's own words are about Python."""

from pydantic_core import ErrorDetails

__all__ = ["fault"]

_FAULTS = {
    "bool_": "is not true or false",
    "dict_": "is no mapping",
    "extra_": "is no field that MetalLB has",
    "int_": "is no whole number",
    "list_": "is no list",
    "missing": "is missing",
    "model_": "is no mapping",
    "string_": "is no text",
    "tuple_": "is no list",
}
"""By the start of pydantic's kind of mistake."""


def fault(details: ErrorDetails) -> str:
    """The fault in words of the format."""
    words = next((text for kind, text in _FAULTS.items() if details["type"].startswith(kind)), "")
    said = details["msg"].removeprefix("Value error, ")
    return words or said.replace("Input should be ", "is not ", 1)
