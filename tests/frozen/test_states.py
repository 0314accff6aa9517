"""A preview over a state that version 1 left shows no change, but for what was decided."""

import re

import pytest

from tests.frozen import frozen_states, has_crds
from tests.frozen.previews import previewed

COLUMNS = re.compile(r"spec\.versions\[\d+\]\.additionalPrinterColumns(\[.*)?")
CRD = "metallb-customresourcedefinition-"
OF_LAYER2 = re.compile(
    r"spec\.versions\[\d+\]\.schema\.openAPIV3Schema(\.properties\.\w+)*\.description"
)
"""Texts of the CRD of L2Advertisements, since this program writes some (docs/adr/0024)."""
READER: dict[str, list[str]] = {
    # docs/adr/0020: the account whose tokens status shows.
    "metallb-serviceaccount-metrics-reader": ["create"],
    "metallb-clusterrolebinding-metallb-system:metrics-reader": ["update", "subjects[1]"],
}
ALERTS: dict[str, list[str]] = {
    # CHANGELOG.md, Changed: the text of an alert.
    "metallb-prometheusrule-metallb": [
        "update",
        "spec.groups[0].rules[7].annotations.description",
    ],
}
DECIDED: dict[str, dict[str, list[str]]] = {
    "metal-016": READER | ALERTS,
    "racks-016": READER | ALERTS,
    "shipped-demo": READER,
    # docs/adr/0011: racks share no peer by chance.
    "racks-merged": {
        "routing-bgppeer-east-gw": [
            "update",
            "spec.nodeSelectors[0].matchExpressions",
            "spec.nodeSelectors[0].matchLabels",
            "spec.nodeSelectors[1]",
        ],
        "routing-bgppeer-west-gw": ["create"],
    },
}
"""Changes by stack and resource name: operation and properties. One that is gone fails too."""


@pytest.mark.parametrize("name", frozen_states())
def test_a_preview_over_a_state_of_version_1_shows_no_change(name: str) -> None:
    found = {urn.rpartition("::")[2]: what for urn, what in previewed(name).items()}
    columns = {
        resource
        for resource, (operation, *properties) in found.items()
        if resource.startswith(CRD)
        and operation == "update"
        and all(
            COLUMNS.fullmatch(each)
            or (resource.startswith(f"{CRD}l2advertisements") and OF_LAYER2.fullmatch(each))
            for each in properties
        )
    }
    # docs/deviations.md: CRDs get other printer columns.
    assert bool(columns) is has_crds(name)
    rest = {resource: what for resource, what in found.items() if resource not in columns}
    assert rest == DECIDED.get(name, {})
