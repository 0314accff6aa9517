"""The rules of the BGP modes and their table say the same of what is no field."""

from collections.abc import Callable

import pytest

from metallb.preflight import rule_by_id
from metallb.preflight.case import Case, Foreign
from metallb.releases import BgpMode
from metallb.routing.modes import FEATURES, FIELD_MODES
from tests.unit.preflight.build import bfd, case, community, peer, pool
from tests.unit.preflight.table_modes import LARGE

OF_MODES = ("N1", "N2", "N3", "N4", "N5", "N6", "X2", "X3", "B7")

Build = Callable[[str], Case]

USES: dict[str, Build] = {
    "BFD profile": lambda mode: case(bfd(), mode=mode),
    "IPv6 pool": lambda mode: case(pool("public", "2001:db8::/64"), mode=mode),
    "IPv6 router": lambda mode: case(peer(peerAddress="2001:db8::1"), mode=mode),
    "large community": lambda mode: case(community(a=LARGE), mode=mode),
    "bgpextras": lambda mode: case(foreign=Foreign(extras=("f: ConfigMap bgpextras",)), mode=mode),
}
WITHOUT_RULE = {"FRRConfiguration"}
"""In another mode nothing reads it, and nothing refuses anything for it."""


def test_every_feature_is_tried() -> None:
    # Fields with their examples are in tests/unit/routing.
    fields = {f"{kind}.{name}" for kind, name in FIELD_MODES}
    assert set(USES) | WITHOUT_RULE == set(FEATURES) - fields


@pytest.mark.parametrize("mode", BgpMode)
@pytest.mark.parametrize("feature", USES)
def test_a_mode_is_refused_by_a_rule_where_the_table_says_that_it_lacks_something(
    feature: str, mode: BgpMode
) -> None:
    built = USES[feature](str(mode))
    rules = [rule_by_id(each) for each in OF_MODES]
    found = [hit for each in rules if each is not None for hit in each.problems(built)]
    assert bool(found) is (mode not in FEATURES[feature].modes)
