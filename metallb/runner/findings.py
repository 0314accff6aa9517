"""The preflight of a stack file before the engine is asked: it takes no CLI and no account."""

from dataclasses import replace
from pathlib import Path

from metallb.config.files import read_stack_file
from metallb.config.paths import PROJECT_ROOT
from metallb.config.sealed import silenced_ids, stack_for_rules
from metallb.current_context import with_current_context
from metallb.importing import Lines
from metallb.preflight import Finding, check_clear_texts, check_stack, refuse

__all__ = ["findings_of", "refuse_located"]


def findings_of(path: Path) -> tuple[Finding, ...]:
    """Every finding that is not silenced, errors among them.

    Only credentials in clear text where values are encrypted that rules look at: the program
    checks the rest inside the engine.

    :raises ConfigError: the stack file does not hold together.
    """
    source = read_stack_file(path)
    stack = stack_for_rules(source, _shown(path))
    clear = source.clear_texts
    if stack is None:
        found = check_clear_texts(clear, silenced=silenced_ids(source))
    else:
        found = with_current_context(check_stack(stack, clear_texts=clear))
    lines = Lines()
    lines.add("", path, (0, "config"))
    placed = []
    for finding in found:
        place = lines.find(finding.where)
        line = place[1] if place else 0
        placed.append(replace(finding, file=_shown(path), file_line=line))
    return tuple(placed)


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
