"""The preflight of a stack file before the engine is asked: it takes no CLI and no account."""

import re
from dataclasses import replace
from pathlib import Path

import yaml

from metallb.config import stack_config
from metallb.config.files import SEALED, read_stack_file
from metallb.config.paths import PROJECT_ROOT
from metallb.preflight import Finding, check_stack, refuse

__all__ = ["findings_of", "located", "refuse_located"]


def findings_of(path: Path) -> tuple[Finding, ...]:
    """Every finding that is not silenced, errors among them.

    Nothing where a whole section is encrypted: then only the program can tell, inside the engine.

    :raises ConfigError: the stack file does not hold together.
    """
    source = read_stack_file(path)
    if SEALED in source.sections.values():
        return ()
    stack = stack_config(
        source.sections, source=_shown(path), secret_sections=source.secret_sections
    )
    return tuple(located(finding, path) for finding in check_stack(stack))


def refuse_located(findings: tuple[Finding, ...], path: Path) -> None:
    """Stop where there is an error among the findings, and say on which line.

    :raises PreflightError: with one line for each error.
    """
    refuse(
        (
            replace(finding, where=f"{finding.file}:{finding.file_line}: {finding.where}")
            for finding in findings
        ),
        source=_shown(path),
    )


def _shown(path: Path) -> str:
    """A file of the project as the repository calls it, so that a review finds the line."""
    whole = path.resolve()
    inside = whole.is_relative_to(PROJECT_ROOT)
    return str(whole.relative_to(PROJECT_ROOT)) if inside else str(path)


def located(finding: Finding, path: Path) -> Finding:
    """The finding with the file and line where its key stands."""
    if finding.file_line:
        return finding
    document = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return replace(finding, file=_shown(path), file_line=_line(document, finding.where))


def _line(document: yaml.Node | None, where: str) -> int:
    """The line of the deepest key on the path that the file has."""
    node = _entry(document, "config")[1]
    line, rest = 0, where
    while rest and node is not None:
        rest = rest.removeprefix(".")
        index = re.match(r"\[(\d+)\]", rest)
        if isinstance(node, yaml.SequenceNode) and index and int(index[1]) < len(node.value):
            node, rest = node.value[int(index[1])], rest[index.end() :]
            line = node.start_mark.line + 1
            continue
        key, value = _entry(node, rest)
        if key is None:
            break
        node, rest, line = value, rest[len(key.value) :], key.start_mark.line + 1
    return line


def _entry(node: yaml.Node | None, path: str) -> tuple[yaml.ScalarNode | None, yaml.Node | None]:
    """The entry whose key starts a path; of several the longest key, since keys may hold dots."""
    if not isinstance(node, yaml.MappingNode):
        return None, None
    fitting = [
        (key, value)
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode)
        and path.startswith(key.value)
        and path[len(key.value) : len(key.value) + 1] in ("", ".", "[")
    ]
    return max(fitting, key=lambda entry: len(entry[0].value), default=(None, None))
