"""A preview over a state that version 1 left shows no change, but for what was decided."""

import re

import pytest

from tests.frozen.previews import previewed
from tests.frozen.states import STATES

COLUMNS = re.compile(r"spec\.versions\[\d+\]\.additionalPrinterColumns(\[.*)?")
CRD = "metallb-customresourcedefinition-"
DECIDED: dict[str, dict[str, list[str]]] = {
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
WITH_CRDS = frozenset(
    (
        "metal-016",
        "metal-016-cluster",
        "racks-016",
        "racks-016-cluster",
        "racks-0160",
        "shipped-demo",
    )
)
"""Stacks whose CRDs get other printer columns (docs/deviations.md)."""


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in STATES.glob("*.json") if ".cloud" not in path.name)
)
def test_a_preview_over_a_state_of_version_1_shows_no_change(name: str) -> None:
    found = {urn.rpartition("::")[2]: what for urn, what in previewed(name).items()}
    columns = {
        resource
        for resource, (operation, *properties) in found.items()
        if resource.startswith(CRD)
        and operation == "update"
        and all(COLUMNS.fullmatch(each) for each in properties)
    }
    assert bool(columns) is (name in WITH_CRDS)
    rest = {resource: what for resource, what in found.items() if resource not in columns}
    assert rest == DECIDED.get(name, {})
