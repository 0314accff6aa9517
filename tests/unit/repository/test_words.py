"""Names, docstrings, messages and pages use plain standard terms (docs/glossary.md)."""

import re
import subprocess

from tests.support.paths import PROJECT_ROOT

BANNED = re.compile(
    r"(?<![a-z])(told|said|asked|somebody|nobody|whoever|anybody)(?![a-z])", re.IGNORECASE
)
"""Words that hide who does what, also as parts of a name."""
RECORDED = re.compile(r"^tests/(.*/)?(frozen/|metal_plugin/(recorded/|others\.py))")
"""Data of version 1, and calls and answers of the published plugin, which stay as they were."""
QUOTED = {
    "tests/unit/preflight/test_rules.py": "lists the words",
    "tests/unit/preflight/test_texts.py": "lists the words",
    "tests/unit/repository/test_words.py": "lists the words",
}
"""Files that hold such a word as data, and why."""


def texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    kinds = (".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".json", ".sh", "Makefile")
    return {
        name: (PROJECT_ROOT / name).read_text(encoding="utf-8")
        for name in listed
        if name.endswith(kinds) and not RECORDED.search(name) and (PROJECT_ROOT / name).is_file()
    }


def test_no_text_or_name_has_a_word_that_hides_the_speaker() -> None:
    found = {
        f"{name}:{number}: {line.strip()}"
        for name, text in texts().items()
        if name not in QUOTED
        for number, line in enumerate(text.splitlines(), 1)
        if BANNED.search(line)
    }
    assert found == set()


def test_every_file_that_may_quote_a_word_does_so() -> None:
    assert {name for name in QUOTED if not BANNED.search(texts()[name])} == set()
