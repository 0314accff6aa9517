"""A preview over a state that version 1 left shows no change, but for what was decided."""

import pytest

from tests.frozen.states import STATES, previewed

DECIDED: dict[str, dict[str, list[str]]] = {
    # docs/adr/0011: racks share no peer by chance.
    "racks-merged": {
        "routing-bgppeer-east-gw": ["update", "spec.nodeSelectors[0]", "spec.nodeSelectors[1]"],
        "routing-bgppeer-west-gw": ["create"],
    },
}
"""Changes by stack and resource name: operation and properties. One that is gone fails too."""


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in STATES.glob("*.json") if ".cloud" not in path.name)
)
def test_a_preview_over_a_state_of_version_1_shows_no_change(name: str) -> None:
    found = {urn.rpartition("::")[2]: what for urn, what in previewed(name).items()}
    assert found == DECIDED.get(name, {})
