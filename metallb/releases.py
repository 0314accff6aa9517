"""MetalLB releases: which format each one reads, and which ones this product installs itself.

Source: MetalLB's release notes (website/content/release-notes): 0.13.0 dropped the ConfigMap for
custom resources; 0.12 is the last release that reads it.
"""

import re
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "BUILTIN_RELEASES",
    "DEFAULT_RELEASE",
    "FIRST_OF_CRDS",
    "HONOURS_EXCLUSION",
    "KEEPS_MULTIHOP",
    "BgpMode",
    "ConfigFormat",
    "Release",
    "parse_release",
]


class ConfigFormat(StrEnum):
    """The form in which a release reads its configuration."""

    CONFIGMAP = "configmap"
    """One ConfigMap named `config` whose key `config` holds YAML text (up to 0.12)."""
    CUSTOM_RESOURCES = "custom-resources"
    """Objects of the API group metallb.io (from 0.13)."""


class BgpMode(StrEnum):
    """Which BGP implementation the speakers use."""

    NATIVE = "native"
    """MetalLB's own: IPv4, no BFD, keeps the source address."""
    FRR = "frr"
    """An FRR in the speaker's pod; deprecated by MetalLB."""
    FRR_K8S = "frr-k8s"
    """An FRR of its own, driven by FRRConfiguration objects; drops the source address."""


class Release(NamedTuple):
    """A MetalLB version, ordered as versions are."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def format(self) -> ConfigFormat:
        """The format this release reads."""
        return ConfigFormat.CONFIGMAP if self < FIRST_OF_CRDS else ConfigFormat.CUSTOM_RESOURCES

    @property
    def hides_health(self) -> bool:
        """Whether it answers health probes on the loopback address alone: no kubelet probes a pod
        with a network of its own there (internal/k8s/k8s.go at v0.16.0; mended in 0.16.1)."""
        return self == Release(0, 16, 0)

    @property
    def has_seccomp(self) -> bool:
        """Whether its pods run with a seccomp profile where the stack says nothing. Not in releases
        that were listed before there was the key: every speaker would restart for it alone."""
        return self > Release(0, 16, 2)

    @property
    def tag(self) -> str:
        """The tag of its images."""
        return f"v{self}"


FIRST_OF_CRDS = Release(0, 13, 0)
"""First release that reads custom resources, and no ConfigMap."""
HONOURS_EXCLUSION = Release(0, 14, 2)
"""First release that announces nothing from nodes with the label
node.kubernetes.io/exclude-from-external-load-balancers."""
KEEPS_MULTIHOP = Release(0, 15, 3)
"""First release whose FRR takes `ebgp-multihop` and `ebgp-multihop 255` for one: a reload of FRR
before 10.2.2 resets each such neighbor (FRRouting/frr pull request 17946)."""

BUILTIN_RELEASES: tuple[Release, ...] = (
    Release(0, 12, 1),
    Release(0, 16, 0),
    Release(0, 16, 1),
    Release(0, 16, 2),
)
"""Releases whose objects `metallb.installation` makes. One is listed once its objects, RBAC, CRDs
and chart have been compared with MetalLB's own; tests/unit/installation holds what was."""
DEFAULT_RELEASE = Release(0, 16, 2)
"""What a stack file without a version gets. Stays when a newer release is listed: a cluster's
MetalLB does not change because this program was updated."""

_NUMBER = r"(0|[1-9]\d{0,3})"
_VERSION = re.compile(rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}")


def parse_release(text: str) -> Release:
    """The release that a text such as `0.16.2` or `v0.16.2` names.

    :raises ValueError: not of that form.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        msg = "not a MetalLB version such as 0.16.2"
        raise ValueError(msg)
    return Release(*(int(part) for part in match.groups()))
