"""The text of each rule in its first case, as people read it: `texts/<ID>.txt`.

`python -m tests.unit.preflight.texts` writes them anew; read the difference before it is committed.
"""

from pathlib import Path

from metallb.preflight import rule_by_id
from metallb.problems.text import problems_text
from tests.unit.preflight.table import TABLE

TEXTS = Path(__file__).parent / "texts"


def text_of(rule_id: str) -> str:
    """The first problem of a rule's first case."""
    rule = rule_by_id(rule_id)
    assert rule is not None
    fires, _ = TABLE[rule_id]
    return problems_text(list(rule.problems(fires[0]()))[:1]) + "\n"


def main() -> None:
    """Write every text."""
    TEXTS.mkdir(exist_ok=True)
    for old in TEXTS.glob("*.txt"):
        old.unlink()
    for rule_id in TABLE:
        (TEXTS / f"{rule_id}.txt").write_text(text_of(rule_id), encoding="utf-8")


if __name__ == "__main__":
    main()
