"""Codes: each is described, used, and means one thing."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from metallb.preflight import rules
from metallb.preflight.documentation import rules_markdown
from metallb.problems.codes import _LIST, CODES, REDIRECTED, Code
from tests.support.paths import PROJECT_ROOT
from tests.support.sources import nodes

FORM = re.compile(r"E[1-9]\d{2}")
OF_PLATFORMS = re.compile(r"E3\d{2}")
"""Errors of providers: platforms of other packages have them as well."""
RESERVED: dict[str, str] = {}
"""Codes that nothing raises, each with the reason."""


@cache
def named() -> dict[str, set[str]]:
    """The codes that package, lab and tools name outside their list, and the files that do."""
    found: dict[str, set[str]] = {}
    rooms = (PROJECT_ROOT / name for name in ("metallb", "lab", "tools"))
    for path in sorted(path for room in rooms for path in room.rglob("*.py")):
        if path.name == "codes.py":
            continue
        for code in _codes(path):
            found.setdefault(code, set()).add(str(path.relative_to(PROJECT_ROOT)))
    return found


def _codes(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and FORM.fullmatch(node.value)
        ):
            yield node.value


def test_a_code_is_in_the_list_once() -> None:
    assert len(CODES) == len(_LIST)


def test_every_code_has_its_form() -> None:
    assert all(FORM.fullmatch(code) for code in CODES)


def test_no_code_is_the_id_of_a_rule() -> None:
    ids = {each.id for each in rules()}
    assert not ids & set(CODES)
    assert not ids & set(REDIRECTED)
    assert not [each for each in ids if FORM.fullmatch(each)]


def test_every_code_that_the_package_names_is_described() -> None:
    assert {code: files for code, files in named().items() if code not in CODES} == {}


def test_every_code_is_used_or_reserved() -> None:
    unused = [code for code in CODES if code not in named() and not OF_PLATFORMS.match(code)]
    assert unused == list(RESERVED)


def test_a_code_that_goes_leads_to_codes_that_are_there() -> None:
    ids = {each.id for each in rules()} | set(CODES)
    for former, codes in REDIRECTED.items():
        assert former not in ids, "a code is never used again"
        assert codes
        assert set(codes) <= ids


@pytest.mark.parametrize("code", _LIST, ids=lambda code: code.id)
def test_texts_are_sentences(code: Code) -> None:
    assert not code.fault.endswith("."), "it is a title"
    assert code.fault[0].isupper()
    for text in (code.requirement, code.help):
        assert text[0].isupper() or text[0] == "`", "a sentence, or a command"
    for text in (code.requirement, code.help, code.source):
        assert text.endswith(".")
        assert " ".join(text.split()) == text


def test_the_page_of_rules_has_every_code_once() -> None:
    page = rules_markdown()
    for code in CODES:
        assert page.count(f"\n### {code}\n") == 1
        assert page.count(f"\n| [{code}](#{code.lower()}) |") == 1
