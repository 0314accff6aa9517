"""The preflight of a stack file before the engine is asked: it takes no CLI and no account."""

import re
from dataclasses import replace
from pathlib import Path

import yaml

from metallb.config import StackConfig, stack_config
from metallb.config.files import SEALED, read_stack_file
from metallb.preflight import Finding, check_stack, refuse

__all__ = ["CheckedStack", "checked_stack"]


class CheckedStack:
    """A stack file that may be run.

    :ivar stack: its models; None where whole sections are encrypted and only the engine can tell.
    :ivar findings: warnings that are not silenced.
    """

    def __init__(self, stack: StackConfig | None, findings: tuple[Finding, ...]) -> None:
        self.stack = stack
        self.findings = findings


def checked_stack(path: Path) -> CheckedStack:
    """Read and check a stack file.

    :raises ConfigError: a mistake in it; nothing was changed.
    :raises PreflightError: something in it would fail or silently do nothing.
    """
    source = read_stack_file(path)
    if SEALED in source.sections.values():
        return CheckedStack(None, ())
    stack = stack_config(
        source.sections, source=str(path), secret_sections=source.secret_sections
    )
    findings = tuple(located(finding, path) for finding in check_stack(stack))
    refuse(findings, source=str(path))
    return CheckedStack(stack, findings)


def located(finding: Finding, path: Path) -> Finding:
    """The finding with the file and line where its key stands."""
    if finding.file_line:
        return finding
    document = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return replace(finding, file=str(path), file_line=_line(document, finding.where))


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
