"""The files that are made from the code: each from its own part, and never by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from metallb.actions.schemas import SCHEMAS
from metallb.preflight.documentation import rules_markdown
from metallb.stackfile.json_schema import schema_text
from tools.crds.manifests import crds_text
from tools.docs import command_line, fields
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
    **{
        name: Generated(DOCS / "schemas" / f"{name}-1.json", text) for name, text in SCHEMAS.items()
    },
    "crds": Generated(ROOT / "metallb" / "routing" / "crds.json", crds_text),
    "schema": Generated(ROOT / "stacks" / "schema.json", schema_text),
}
"""By the command that writes it: `python -m tools.docs NAME`."""
