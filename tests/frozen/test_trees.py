"""What `render` writes is what version 1 wrote, but for differences that were decided."""

import re
from pathlib import Path

import pytest

from metallb.cli import main
from tests.frozen import (
    frozen_stacks,
    has_alerts,
    has_crds,
    has_service_monitor,
    load_tree,
    stack_file,
    tree_of,
)

DECIDED = (
    # (stacks, path, where the decision stands)
    (
        has_crds,
        r".*-customresourcedefinition-(?!communities).*\.yaml",
        "docs/deviations.md, printer columns",
    ),
    (
        has_service_monitor,
        r".*-(serviceaccount-metrics-reader|clusterrolebinding-.*metrics-reader)\.yaml",
        "docs/adr/0020",
    ),
    (has_alerts, r".*-prometheusrule-.*\.yaml|.*\.values", "CHANGELOG.md, Changed"),
    (lambda name: name == "racks-merged", r".*bgppeer-(east|west)-gw\.yaml", "docs/adr/0011"),
)
"""Stacks and files that differ on purpose. One that no longer differs fails too."""


def decided(name: str, path: str) -> bool:
    return any(applies(name) and re.fullmatch(pattern, path) for applies, pattern, _ in DECIDED)


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
    assert main(["render", str(stack_file(name)), "-o", str(target), "--with-secrets"]) == 0
    before, now = without_folders(load_tree(name)), without_folders(tree_of(target))
    different = {path for path in before | now if before.get(path) != now.get(path)}
    undecided = sorted(path for path in different if not decided(name, path))
    for path in undecided[:1]:
        assert now.get(path) == before.get(path), path
    assert not undecided
    for applies, pattern, where in DECIDED:
        if applies(name):
            assert any(re.fullmatch(pattern, path) for path in different), f"{where} is not needed"


LEFT_OUT = r".*-secret-(bgp-password.*|memberlist)\.yaml"
"""Files that are written with --with-secrets alone (docs/adr/0018)."""
REFUSED = r"racks-012(-cluster)?"
"""Stacks whose ConfigMap holds keys: the same decision."""


@pytest.mark.parametrize("name", frozen_stacks())
def test_without_a_request_the_keys_of_version_1_alone_are_not_written(
    name: str, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    code = main(["render", str(stack_file(name)), "-o", str(target)])
    if re.fullmatch(REFUSED, name):
        assert (code, target.exists()) == (2, False)
        return
    assert code == 0
    before, now = without_folders(load_tree(name)), without_folders(tree_of(target))
    assert {path for path in before.keys() ^ now.keys() if not decided(name, path)} == {
        path for path in before if re.fullmatch(LEFT_OUT, path)
    }
