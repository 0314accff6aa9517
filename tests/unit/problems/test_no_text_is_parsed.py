"""Texts are for people: what code decides, it decides by codes, types and locations.

Looks in the package's syntax trees for texts of problems and exceptions that are compared,
searched or taken apart.
"""

import ast
from dataclasses import dataclass, field
from functools import cache

import pytest

from tests.platforms import parts
from tests.support.paths import PROJECT_ROOT
from tests.support.sources import tree

TEXTS = frozenset(("summary", "detail", "help", "where", "fault", "message", "msg"))
"""Attributes of problems, of errors and of what other programs report that are texts."""
SEARCHES = frozenset(
    (
        *("startswith", "endswith", "removeprefix", "removesuffix", "find", "rfind", "index"),
        *("rindex", "partition", "rpartition", "split", "rsplit", "count"),
    )
)
"""Methods of a text that look into it."""
PATTERNS = frozenset(
    ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")
)
"""Functions of `re`, and methods of its patterns."""
PASSING = frozenset(("one_line", "escaped", "str", "repr"))
"""Functions whose result is the text that they get."""

ALLOWED = {
    (
        "metallb/components/own_state.py",
        "own_state",
    ): "an engine without a state reports it as text",
    ("metallb/runner/explain.py", "explained"): "the engine's messages are text alone",
    ("metallb/runner/explain.py", "_for_stack"): "fills in the stack's name, and decides nothing",
    ("metallb/runner/events.py", "_diagnose"): "takes the colours out of the engine's messages",
    ("metallb/repair/locks.py", "_by_engine"): "the engine reports who holds a lock as text alone",
    ("metallb/repair/repairing.py", "run"): "the engine reports a state cut off as text alone",
    ("metallb/status/cluster.py", "_words"): "leaves out the host, which the error names anyway",
    **{place: why for part in parts() for place, why in part.texts_looked_into.items()},
}
"""File and function that may look into a text, each with the reason: another program's words."""


@dataclass
class Function:
    """What is known of one function while its tree is walked."""

    name: str
    caught: set[str] = field(default_factory=set)
    """Names of caught exceptions."""
    texts: set[str] = field(default_factory=set)
    """Names of variables that hold a text."""


class Finder(ast.NodeVisitor):
    """Collects what looks into a text: function, line and source."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int, str]] = []
        self._functions = [Function("")]

    @property
    def _function(self) -> Function:
        return self._functions[-1]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer = self._function
        name = f"{outer.name}.{node.name}".lstrip(".")
        self._functions.append(Function(name, set(outer.caught), set(outer.texts)))
        self.generic_visit(node)
        self._functions.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._function.caught.add(node.name)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        annotation = ast.unparse(node.annotation) if node.annotation else ""
        if annotation.strip('"').endswith(("Error", "Exception")):
            self._function.caught.add(node.arg)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Name):
                known = self._function.texts
                (known.add if self._is_text(node.value) else known.discard)(target.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        if self._is_text(node.value):
            self._function.texts.add(node.target.id)

    def visit_Compare(self, node: ast.Compare) -> None:
        compares = (ast.In, ast.NotIn, ast.Eq, ast.NotEq)
        operands = [node.left, *node.comparators]
        if any(isinstance(each, compares) for each in node.ops):
            empty = any(isinstance(each, ast.Constant) and each.value == "" for each in operands)
            if not empty and any(self._has_text(each) for each in operands):
                self._note(node)
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        if self._has_text(node.subject):
            self._note(node.subject)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        if isinstance(called, ast.Attribute):
            searched = called.attr in SEARCHES and self._is_text(called.value)
            matched = called.attr in PATTERNS and any(self._is_text(each) for each in node.args)
            if searched or matched:
                self._note(node)
        self.generic_visit(node)

    def _note(self, node: ast.expr) -> None:
        self.found.append((self._function.name, node.lineno, ast.unparse(node)))

    def _has_text(self, node: ast.expr) -> bool:
        """Whether it is a text, or a tuple or list with one."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return any(self._has_text(each) for each in node.elts)
        return self._is_text(node)

    def _is_text(self, node: ast.expr) -> bool:
        match node:
            case ast.Name():
                return node.id in self._function.texts
            case ast.Attribute():
                return node.attr in TEXTS
            case ast.Call(func=ast.Name(id=name)):
                return name in PASSING and any(
                    self._is_text(each) or (name in ("str", "repr") and self._is_error(each))
                    for each in node.args
                )
            case ast.Call(func=ast.Attribute(attr=name, value=value)):
                if name == "line" and self._is_error(value):
                    return True
                through = name in ("join", "sub") and any(map(self._is_text, node.args))
                return through or self._is_text(value)
            case ast.JoinedStr():
                return any(
                    self._is_text(each.value) or self._is_error(each.value)
                    for each in node.values
                    if isinstance(each, ast.FormattedValue)
                )
            case ast.NamedExpr():
                return self._is_text(node.value)
            case ast.BoolOp():
                return any(self._is_text(each) for each in node.values)
            case ast.IfExp():
                return self._is_text(node.body) or self._is_text(node.orelse)
            case ast.BinOp():
                return self._is_text(node.left) or self._is_text(node.right)
            case ast.Subscript():
                return self._is_text(node.value) or self._is_arguments(node.value)
        return False

    def _is_arguments(self, node: ast.expr) -> bool:
        """Whether it is `error.args`."""
        return (
            isinstance(node, ast.Attribute) and node.attr == "args" and self._is_error(node.value)
        )

    def _is_error(self, node: ast.expr) -> bool:
        match node:
            case ast.Name():
                return node.id in self._function.caught
            case ast.Attribute():
                return node.attr in ("__cause__", "__context__")
            case ast.BoolOp():
                return any(self._is_error(each) for each in node.values)
        return False


def looks_into(source: ast.Module | str) -> list[tuple[str, int, str]]:
    """Every place of a source that looks into a text."""
    finder = Finder()
    finder.visit(ast.parse(source) if isinstance(source, str) else source)
    return finder.found


@cache
def places() -> list[tuple[str, str, int, str]]:
    """Those of the package: file, function, line and source."""
    return [
        (path.relative_to(PROJECT_ROOT).as_posix(), function, line, source)
        for path in sorted((PROJECT_ROOT / "metallb").rglob("*.py"))
        for function, line, source in looks_into(tree(path))
    ]


def test_no_code_looks_into_a_text() -> None:
    found = [
        f"{file}:{line}: {function}: {source}"
        for file, function, line, source in places()
        if (file, function) not in ALLOWED
    ]
    assert found == [], "give the error a code, a subclass or an attribute\n" + "\n".join(found)


def test_everything_that_is_allowed_is_there_and_has_a_reason() -> None:
    there = {(file, function) for file, function, *_ in places()}
    assert [each for each in ALLOWED if each not in there] == []
    assert all(len(reason) > 20 for reason in ALLOWED.values())


@pytest.mark.parametrize(
    "line",
    [
        "'no stack' in error.summary",
        "error.detail == 'x'",
        "'x' != each.help",
        "problem.summary.startswith('x')",
        "error.detail.removeprefix('x')",
        "error.where.partition(': ')",
        "re.search('x', problem.detail)",
        "PATTERN.match(error.summary.lower())",
        "'x' in str(error)",
        "'x' in str(error.__cause__ or error)",
        "'x' in f'{error}'",
        "'x' in error.line()",
        "str(error).rpartition('stderr:')",
        "'x' in error.args[0]",
        "(each.code, each.summary) not in known",
        "one_line(error.help).endswith('x')",
        "'x' in (error.summary if error else '')",
    ],
)
def test_it_is_found(line: str) -> None:
    source = f"try:\n    run()\nexcept Exception as error:\n    found = {line}\n"
    assert looks_into(source)


@pytest.mark.parametrize(
    "body",
    [
        "text = str(error)\n    return 'x' in text",
        "text = PATTERN.sub('', str(error))\n    return OTHER.search(text)",
        "return 'x' in (text := error.line())",
    ],
)
def test_it_is_found_behind_a_name(body: str) -> None:
    assert looks_into(f"def run(error: MetalLBError):\n    {body}\n")


@pytest.mark.parametrize(
    "line",
    [
        "error.code == 'E507'",
        "error.problem.location[:1] == ('metallb:bgp',)",
        "isinstance(error, UsageError)",
        "error.errno in (1, 2)",
        "text = problem.summary.rstrip('.')",
        "text = f'{problem.summary}; {problem.detail}'",
        "shown = problem.help or 'x'",
        "lines = str(error).splitlines()",
        "known = text.startswith('x')",
        "empty = problem.detail == ''",
    ],
)
def test_what_is_no_search_is_not_found(line: str) -> None:
    assert not looks_into(f"def run(error: MetalLBError, problem, text):\n    {line}\n")
