"""Each release that `source: builtin` installs, compared with MetalLB's own objects of it.

Every difference is in `expected_differences` and a row of docs/deviations.md; one that is gone has
to leave both.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.releases import BUILTIN_RELEASES, ConfigFormat, Release
from metallb.routing.fields import manifest_key, since
from metallb.routing.table import OBJECTS, spec_of
from metallb.stackfile.install import Install
from tests.support.metallb_module import module_folder
from tests.support.paths import PROJECT_ROOT
from tests.unit.installation.differences import of_objects, of_rights
from tests.unit.installation.expected_differences import EXPECTED, expected_of

PAGE = PROJECT_ROOT / "docs" / "deviations.md"
Objects = list[dict[str, Any]]
OF_EACH = pytest.mark.parametrize("release", BUILTIN_RELEASES, ids=str)


def _theirs(release: Release, monitored: bool) -> Objects:
    folder = module_folder(release)
    if release.format is ConfigFormat.CONFIGMAP:
        names = ["manifests/namespace.yaml", "manifests/metallb.yaml"]
        names += ["manifests/prometheus-operator.yaml"] if monitored else []
    else:
        names = [f"config/manifests/metallb-native{'-prometheus' if monitored else ''}.yaml"]
        # Its manifests leave the policies to those who need them; so do we.
        policies = [
            "config/networkpolicies/controller.yaml",
            "config/networkpolicies/deny_all.yaml",
        ]
        names += policies if monitored else []
    return [item for name in names for item in _documents(folder / name)]


def _documents(path: Path) -> Objects:
    return [item for item in yaml.safe_load_all(path.read_text(encoding="utf-8")) if item]


def _ours(release: Release, monitored: bool, everything: Callable[[Install], Objects]) -> Objects:
    section: dict[str, Any] = {"version": str(release), "monitoring": {"serviceMonitor": monitored}}
    if release.format is ConfigFormat.CUSTOM_RESOURCES:
        section["networkPolicy"] = monitored
    return everything(Install.model_validate(section))


def _differences(release: Release, everything: Callable[[Install], Objects]) -> list[str]:
    found: set[str] = set()
    for monitored in (False, True):
        theirs, ours = _theirs(release, monitored), _ours(release, monitored, everything)
        found |= {*of_objects(theirs, ours), *of_rights(theirs, ours)}
    return sorted(found)


@OF_EACH
def test_every_difference_is_meant(release: Release, everything: Any) -> None:
    expected = expected_of(release)
    unexpected = [
        difference
        for difference in _differences(release, everything)
        if not any(each.matches(difference) for each in expected)
    ]
    assert not unexpected, "\n".join(["no row of docs/deviations.md names", *unexpected])


@OF_EACH
def test_no_difference_that_is_named_is_gone(release: Release, everything: Any) -> None:
    differences = _differences(release, everything)
    gone = [
        each
        for each in expected_of(release)
        if not any(each.matches(difference) for difference in differences)
    ]
    assert not gone


@pytest.mark.parametrize("row", sorted({each.row for each in EXPECTED}))
def test_every_meant_difference_is_a_row_of_the_page(row: str) -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith(f"| {row} |")]
    assert len(rows) == 1
    assert rows[0].rstrip(" |").rsplit("|", 1)[1].strip(), "with its reason"


@OF_EACH
def test_the_same_interfaces_are_excluded(release: Release, everything: Any, find: Any) -> None:
    if release.format is ConfigFormat.CONFIGMAP:
        kinds = {item["metadata"]["name"] for item in _theirs(release, False)}
        assert "metallb-excludel2" not in kinds, "it came later"
        return
    theirs, ours = (
        yaml.safe_load(find(objects, "ConfigMap", "metallb-excludel2")["data"]["excludel2.yaml"])
        for objects in (_theirs(release, False), _ours(release, False, everything))
    )
    assert ours == theirs


NEIGHBOURS = [
    (BUILTIN_RELEASES[index], release)
    for index, release in enumerate(BUILTIN_RELEASES[1:])
    if BUILTIN_RELEASES[index].format is release.format
]
BETWEEN = (
    r"\S+ metadata\.labels\.app\.kubernetes\.io/version: .*",
    r"\S+ .*\.containers\[\S+\]\.image: .*",
    # Mended in 0.16.1, as the page says.
    r"Deployment/controller .*\.(liveness|readiness)Probe\..*",
    # docs/adr/0019: releases after 0.16.2 have it by default.
    r"(Deployment/controller|DaemonSet/speaker) .*\.securityContext\.seccompProfile\.type: .*",
)
"""What our objects of one release have other than those of the next, besides fields of the next."""


def newer_fields(older: Release, newer: Release) -> str:
    """A pattern of the fields that only the newer release has."""
    found = [
        manifest_key(spec_of(kind), name)
        for kind in OBJECTS
        for name in spec_of(kind).model_fields
        if older < since(spec_of(kind), name) <= newer
    ]
    return rf"CustomResourceDefinition/\S+ .*\.({'|'.join(found)})\..*" if found else "(?!)"


@pytest.mark.parametrize(("older", "newer"), NEIGHBOURS, ids=str)
def test_releases_differ_in_little(older: Release, newer: Release, everything: Any) -> None:
    """So one that can't be had is compared as well, by the one beside it."""
    before, after = (_ours(release, True, everything) for release in (older, newer))
    differences = [*of_objects(before, after), *of_rights(before, after)]
    assert differences
    patterns = (*BETWEEN, newer_fields(older, newer))
    strange = [
        each
        for each in differences
        if not any(re.fullmatch(pattern, each, re.DOTALL) for pattern in patterns)
    ]
    assert strange == []
