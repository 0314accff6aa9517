"""What `render` writes is what version 1 wrote, but for differences that were decided."""

import re
from pathlib import Path

import pytest

from metallb.cli import main
from tests.frozen import STACKS, frozen_stacks, load_tree, tree_of

DECIDED = (
    # (tree, path, where the decision stands)
    (
        r"(metal|racks)-016(-cluster)?|racks-0160|shipped-(demo|onprem|packet)",
        r".*-customresourcedefinition-(?!communities).*\.yaml",
        "docs/deviations.md, printer columns",
    ),
    ("racks-merged", r".*bgppeer-(east|west)-gw\.yaml", "docs/adr/0011"),
)
"""Files that differ on purpose, as patterns. One that no longer differs fails too."""


def decided(name: str, path: str) -> bool:
    return any(
        re.fullmatch(tree, name) and re.fullmatch(pattern, path) for tree, pattern, _ in DECIDED
    )


def without_folders(tree: dict[str, str]) -> dict[str, str]:
    """Files by name: version 1 wrote one folder, now each phase has one (docs/adr/0014)."""
    found = {
        path.rpartition("/")[2]: re.sub(r"(?<=--values )\S+/", "", text)
        for path, text in tree.items()
    }
    assert len(found) == len(tree)
    return found


@pytest.mark.parametrize("name", frozen_stacks())
def test_a_stack_renders_to_the_bytes_of_version_1(name: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert main(["render", str(STACKS / f"Pulumi.{name}.yaml"), "-o", str(target)]) == 0
    before, now = without_folders(load_tree(name)), without_folders(tree_of(target))
    different = {path for path in before | now if before.get(path) != now.get(path)}
    undecided = sorted(path for path in different if not decided(name, path))
    for path in undecided[:1]:
        assert now.get(path) == before.get(path), path
    assert not undecided
    for tree, pattern, where in DECIDED:
        if re.fullmatch(tree, name):
            assert any(re.fullmatch(pattern, path) for path in different), f"{where} is not needed"
