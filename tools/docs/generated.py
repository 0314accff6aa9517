"""The files that are made from the code: each from its own part, and never by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from metallb.preflight.documentation import rules_markdown
from metallb.stackfile.json_schema import schema_text
from tools.docs import command_line, fields, schemas
from tools.docs.paths import DOCS, ROOT, STACK_FILE_PAGE
from tools.docs.stack_file import Reference

__all__ = ["GENERATED", "Generated"]


@dataclass(frozen=True)
class Generated:
    """One file, and what makes its text."""

    path: Path
    text: Callable[[], str]

    @property
    def shown(self) -> str:
        """Its path in the repository."""
        inside = self.path.is_relative_to(ROOT)
        return (self.path.relative_to(ROOT) if inside else self.path).as_posix()


GENERATED: dict[str, Generated] = {
    "stack-file": Generated(STACK_FILE_PAGE, lambda: Reference().page()),
    "fields": Generated(DOCS / "metallb-fields.md", fields.page),
    "command-line": Generated(DOCS / "command-line.md", command_line.page),
    "rules": Generated(DOCS / "rules.md", rules_markdown),
    "run": Generated(DOCS / "schemas" / "run-1.json", schemas.run_schema),
    "status": Generated(DOCS / "schemas" / "status-1.json", schemas.status_schema),
    "plan": Generated(DOCS / "schemas" / "plan-1.json", schemas.plan_schema),
    "impact": Generated(DOCS / "schemas" / "impact-1.json", schemas.impact_schema),
    "failures": Generated(DOCS / "schemas" / "failures-1.json", schemas.failures_schema),
    "differences": Generated(DOCS / "schemas" / "differences-1.json", schemas.differences_schema),
    "problems": Generated(DOCS / "schemas" / "problems-1.json", schemas.problems_schema),
    "schema": Generated(ROOT / "stacks" / "schema.json", schema_text),
}
"""By the command that writes it: `python -m tools.docs NAME`."""
