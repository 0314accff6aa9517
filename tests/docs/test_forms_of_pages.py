"""Pages are found by what a person wants, and each how-to has its two sections."""

import re
from typing import Any

import pytest
import yaml

from tools.docs.links import prose
from tools.docs.paths import DOCS, ROOT

FIRST, LAST = "When to use it", "Check that it worked"
KINDS = ["Tutorials", "How-to", "Reference", "Explanation"]
_NAV = re.compile(r"^nav:\n(.*)\Z", re.MULTILINE | re.DOTALL)


def menu() -> dict[str, Any]:
    """The site's menu: pages by kind."""
    match = _NAV.search((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert match is not None
    _, *kinds = yaml.safe_load(match[1])
    return {kind: pages for each in kinds for kind, pages in each.items()}


def files(entries: list[dict[str, Any]]) -> list[str]:
    found = [target for each in entries for target in each.values()]
    return [name for name in found if isinstance(name, str)]


HOW_TO = files(menu()["How-to"])


def headings(name: str) -> list[str]:
    lines = prose((DOCS / name).read_text(encoding="utf-8"))
    return [line.removeprefix("## ") for line in lines if line.startswith("## ")]


def test_every_page_is_in_the_menu_once_under_one_of_four_kinds() -> None:
    assert list(menu()) == KINDS
    listed = [name for entries in menu().values() for name in files(entries)]
    there = [path.name for path in DOCS.glob("*.md") if path.name != "index.md"]
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("name", HOW_TO)
def test_a_how_to_begins_with_its_use_and_ends_with_how_to_see_that_it_worked(name: str) -> None:
    found = headings(name)
    assert (found[0], found[-1]) == (FIRST, LAST)


def test_the_front_page_leads_to_every_page() -> None:
    front = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = [name for entries in menu().values() for name in files(entries)]
    assert [name for name in listed if f"({name}" not in front] == []


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120
