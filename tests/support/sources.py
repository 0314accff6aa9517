"""Syntax trees of the repository's modules, which several tests look at: each is parsed once."""

import ast
from functools import cache
from pathlib import Path

__all__ = ["nodes", "source", "tree"]


@cache
def source(path: Path) -> str:
    """The text of a module."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(source(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of its syntax tree."""
    return tuple(ast.walk(tree(path)))
