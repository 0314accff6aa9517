"""Which releases are built in, which one is the default, and that none was added unseen."""

import pytest

from metallb import installation as manifests
from metallb.releases import (
    BUILTIN_RELEASES,
    DEFAULT_RELEASE,
    FIRST_OF_CRDS,
    ConfigFormat,
    Release,
    parse_release,
)
from metallb.stackfile import Source
from metallb.stackfile.install import Install
from tests.unit.installation.conftest import CURRENT, LEGACY
from tests.unit.installation.test_manifest_rbac import CALLS

COMPARED = (LEGACY, *CURRENT)
"""Releases whose objects and CRDs the tests of this folder compare with MetalLB's own."""
COMPARED_RBAC = {version for version, _ in CALLS}
"""Releases whose rights are compared with the calls of their own processes."""
ROLES = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount")


def test_a_release_is_built_in_once_its_objects_have_been_compared() -> None:
    assert [str(each) for each in BUILTIN_RELEASES] == list(COMPARED), (
        "compare manifests, CRDs, RBAC and chart with MetalLB's own, then add the release to "
        "tests/unit/installation/conftest.py"
    )


@pytest.mark.parametrize("release", BUILTIN_RELEASES, ids=str)
def test_a_release_has_rights_that_were_compared(release: Release) -> None:
    def rights(version: str) -> list[object]:
        install = Install(version=version)
        made = [
            *manifests.controller(install),
            *manifests.speaker(install),
            *manifests.webhooks(install),
        ]
        return [
            (item["kind"], item["metadata"]["name"], item.get("rules"), item.get("roleRef"))
            for item in made
            if item["kind"] in ROLES
        ]

    same = [version for version in COMPARED_RBAC if rights(version) == rights(str(release))]
    assert same, "write down the calls of this release's processes in test_manifest_rbac.py"


def test_the_default_does_not_follow_the_newest_release() -> None:
    assert Release(0, 16, 2) == DEFAULT_RELEASE, "a change of MetalLB is a person's decision"
    assert Install().version == "0.16.2"
    assert DEFAULT_RELEASE in BUILTIN_RELEASES


@pytest.mark.parametrize(
    ("version", "form"),
    [
        ("0.9.6", ConfigFormat.CONFIGMAP),
        ("0.12.99", ConfigFormat.CONFIGMAP),
        ("0.13.0", ConfigFormat.CUSTOM_RESOURCES),
        ("1.0.0", ConfigFormat.CUSTOM_RESOURCES),
        ("1.12.1", ConfigFormat.CUSTOM_RESOURCES),
        ("2.3.4", ConfigFormat.CUSTOM_RESOURCES),
    ],
)
def test_a_release_is_older_by_its_whole_number(version: str, form: ConfigFormat) -> None:
    release = parse_release(version)
    assert release.format is form
    assert (release < FIRST_OF_CRDS) is (form is ConfigFormat.CONFIGMAP)
    settings = {
        "source": Source.HELM,
        "version": version,
        "loadBalancerClass": "example.org/metallb",
        "networkPolicy": True,
    }
    if form is ConfigFormat.CONFIGMAP:
        with pytest.raises(ValueError, match="source helm can't install"):
            Install.model_validate(settings)
    else:
        assert Install.model_validate(settings).release == release
