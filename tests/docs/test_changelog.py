"""The changelog has the form of Keep a Changelog 1.1.0, newest version first."""

import re

from tools.docs.paths import ROOT

GROUPS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
UNRELEASED = "[Unreleased]"
VERSION = re.compile(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")


def versions() -> dict[str, list[str]]:
    """The kinds of changes of each version, in the order of the file."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found[line.removeprefix("## ")] = []
        elif line.startswith("### "):
            found[next(reversed(found))].append(line.removeprefix("### "))
    return found


def test_what_is_unreleased_is_first_and_every_version_has_its_date() -> None:
    first, *others = versions()
    assert first == UNRELEASED
    assert [each for each in others if not VERSION.fullmatch(each)] == []


def test_a_version_has_its_changes_by_kind_in_the_order_of_the_form() -> None:
    for version, kinds in versions().items():
        assert kinds == [kind for kind in GROUPS if kind in kinds], version
