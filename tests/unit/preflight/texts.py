"""The text of each rule in its first case, as people read it: `texts/<ID>.txt`.

Those of a platform's own rules are in a folder of the same name with its tests.

`python -m tests.unit.preflight.texts` writes them anew; read the difference before it is committed.
"""

from pathlib import Path

from metallb.preflight import rule_by_id
from metallb.problems.text import problems_text
from tests.platforms import folders, parts
from tests.unit.preflight.table import TABLE

TEXTS = Path(__file__).parent / "texts"


def folder_of(rule_id: str) -> Path:
    """Where the text of a rule is."""
    own = [part for part in parts() if rule_id in part.rules]
    return own[0].folder / "unit" / "preflight" / "texts" if own else TEXTS


def written() -> list[Path]:
    """Every text that is there."""
    return [path for each in (TEXTS, *folders("unit/preflight/texts")) for path in each.glob("*")]


def text_of(rule_id: str) -> str:
    """The first problem of a rule's first case."""
    rule = rule_by_id(rule_id)
    assert rule is not None
    fires, _ = TABLE[rule_id]
    return problems_text(list(rule.problems(fires[0]()))[:1]) + "\n"


def main() -> None:
    """Write every text."""
    for old in written():
        old.unlink()
    for rule_id in TABLE:
        (folder_of(rule_id) / f"{rule_id}.txt").write_text(text_of(rule_id), encoding="utf-8")


if __name__ == "__main__":
    main()
