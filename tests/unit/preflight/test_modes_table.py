"""The rules of the BGP modes and their one table say the same."""

from collections.abc import Callable

import pytest

from metallb.preflight import rule_by_id
from metallb.preflight.case import Case, Foreign
from metallb.releases import BgpMode
from metallb.routing import BgpAdvertisementSpec, BgpPeerSpec
from metallb.routing.modes import FEATURES, FIELD_MODES
from tests.unit.preflight.build import advert, bfd, case, community, peer, pool
from tests.unit.preflight.table_modes import LARGE

OF_MODES = ("N1", "N2", "N3", "N4", "N5", "N6", "X2", "X3", "B7")

Build = Callable[[str], Case]

USES: dict[str, Build] = {
    "BGPPeer.bfd_profile": lambda mode: case(peer(bfdProfile="fast"), mode=mode),
    "BGPPeer.vrf": lambda mode: case(peer(vrf="red"), mode=mode),
    "BGPPeer.connect_time": lambda mode: case(peer(connectTime="5s"), mode=mode),
    "BGPPeer.enable_graceful_restart": lambda mode: case(
        peer(enableGracefulRestart=True), mode=mode
    ),
    "BGPPeer.disable_mp": lambda mode: case(peer(disableMP=True), mode=mode),
    "BGPPeer.dual_stack_address_family": lambda mode: case(
        peer(dualStackAddressFamily=True), mode=mode
    ),
    "BGPPeer.dynamic_asn": lambda mode: case(peer(peerASN=None, dynamicASN="external"), mode=mode),
    "BGPPeer.interface": lambda mode: case(peer(peerAddress=None, interface="eth0"), mode=mode),
    "BGPPeer.local_asn": lambda mode: case(peer(localASN=64999), mode=mode),
    "BGPPeer.keepalive_time": lambda mode: case(peer(holdTime="9s", keepaliveTime="3s"), mode=mode),
    "BGPPeer.source_address": lambda mode: case(peer(sourceAddress="10.0.0.9"), mode=mode),
    "BGPAdvertisement.as_path_prepend": lambda mode: case(advert(asPathPrepend=2), mode=mode),
    "BFD profile": lambda mode: case(bfd(), mode=mode),
    "IPv6 pool": lambda mode: case(pool("public", "2001:db8::/64"), mode=mode),
    "IPv6 router": lambda mode: case(peer(peerAddress="2001:db8::1"), mode=mode),
    "large community": lambda mode: case(community(a=LARGE), mode=mode),
    "bgpextras": lambda mode: case(foreign=Foreign(extras=("f: ConfigMap bgpextras",)), mode=mode),
}
WITHOUT_RULE = {"FRRConfiguration"}
"""In another mode nothing reads it, and nothing refuses anything for it."""


def test_every_feature_is_tried() -> None:
    assert set(USES) | WITHOUT_RULE == set(FEATURES)


@pytest.mark.parametrize("mode", BgpMode)
@pytest.mark.parametrize("feature", USES)
def test_a_mode_is_refused_by_a_rule_where_the_table_says_that_it_lacks_something(
    feature: str, mode: BgpMode
) -> None:
    built = USES[feature](str(mode))
    rules = [rule_by_id(each) for each in OF_MODES]
    found = [hit for each in rules if each is not None for hit in each.problems(built)]
    assert bool(found) is (mode not in FEATURES[feature].modes)


def test_the_table_speaks_of_fields_that_exist() -> None:
    specs = {"BGPPeer": BgpPeerSpec, "BGPAdvertisement": BgpAdvertisementSpec}
    assert all(name in specs[kind].model_fields for kind, name in FIELD_MODES)
