"""Names, docstrings, messages and pages use plain standard terms (docs/glossary.md)."""

import argparse
import re
import subprocess

from metallb.cli import _parser
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


BY_MODULE = {
    "CHANGELOG.md": "what was written in a former release",
    "benchmarks/start.py": "runs the clones of two versions",
    "metallb/writing/journal.py": "the marker of a former release",
    "tests/unit/render/test_render_folder.py": "the marker of a former release",
    "tests/unit/repository/test_words.py": "looks for it",
}
"""Files that name the command as a module of Python's, and why."""


def test_messages_and_pages_name_the_command_as_it_is_installed() -> None:
    named = {name for name, text in texts().items() if "python -m metallb" in text}
    assert named == set(BY_MODULE)


def test_a_command_that_is_named_exists() -> None:
    (parsers,) = (
        each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction)
    )
    named = {
        (word, name)
        for name, text in texts().items()
        if name.startswith(("metallb/", "docs/", "README"))
        for word in re.findall(r"`metallb ([a-z]+)", text)
    }
    assert len(named) > 50
    assert {each for each in named if each[0] not in parsers.choices} == set()
