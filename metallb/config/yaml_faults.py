"""What is wrong with a text that is no YAML, and how to correct it.

The parser stops at the first line that can't be right, which is often the one behind the mistake:
so the beginning of the part around it is named as well.
"""

import yaml

__all__ = ["syntax_fault"]

_CORRECT = "correct the YAML"
_PARTS = {
    "while parsing a block mapping": "mapping",
    "while parsing a block collection": "list",
    "while parsing a flow mapping": "mapping in braces",
    "while parsing a flow sequence": "list in brackets",
    "while scanning a quoted scalar": "quoted text",
}


def syntax_fault(error: yaml.YAMLError) -> tuple[str, str]:
    """The fault, and its remedy."""
    if not isinstance(error, yaml.MarkedYAMLError) or not error.problem:
        return str(error), _CORRECT
    part = _PARTS.get(error.context or "")
    begin = error.context_mark
    if part is None or begin is None:
        return error.problem, _of_a_line(error.problem)
    where = f"in the {part} that begins at line {begin.line + 1}, column {begin.column + 1}"
    return f"{error.problem} {where}", _of_a_part(part, begin, error.problem_mark)


def _of_a_line(problem: str) -> str:
    if problem.startswith("mapping values are not allowed"):
        return (
            "compare the indentation of this line with the line above, and look in both for a "
            "colon without a space; a text that holds ': ' stands in quotes"
        )
    if problem.startswith("aliases"):
        return "write the value out in each place"
    if "tab" in problem:
        return "indent with spaces: YAML takes no tabs"
    if "cannot start any token" in problem:
        return "indent with spaces, not tabs; a text that begins with @, ` or % stands in quotes"
    return _CORRECT


def _of_a_part(part: str, begin: yaml.Mark, stop: yaml.Mark | None) -> str:
    column = begin.column + 1
    if part == "list":
        return (
            f"begin the line in column {column + 2} if it belongs to the entry above, "
            f"or with '- ' in column {column} if it is the next one"
        )
    if part != "mapping":
        return f"close what line {begin.line + 1} opens"
    if stop is not None and stop.column == begin.column:
        return "indent the entries of a list alike, and write each key with a colon and a space"
    return (
        f"begin the line in column {column} like that mapping's other keys, "
        "or indent the key above it as far as this one"
    )
