"""Which sessions a reload of FRR ends, field by field, beside what `metallb impact` predicts.

Each test leaves the lab whole. MetalLB's webhook takes one peer after the other, and refuses peers
of a node that differ in the AS number, so that all are deleted before that changes.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.api import Object, ident
from lab.bringup import variant
from lab.frr.node import FrrNode
from lab.spawn import wait_until
from metallb.forecast.build import site_of_stack
from metallb.forecast.impact import impact_of
from metallb.loading.stack import load_file
from metallb.releases import BgpMode
from metallb.routing import BgpPeer, BgpPeerSpec
from metallb.routing.fields import fixed_keys
from tests.support.frr_site import Site

pytestmark = pytest.mark.lab

Ends = set[tuple[str, str]]
"""Node, and address of the router."""
OTHER_KEY = "another-lab-key"
FIXED = fixed_keys(BgpPeerSpec)

Change = Callable[[dict[str, Any]], None]


def _at(**routers: dict[str, Any]) -> Change:
    """A change of the keys of some routers; None takes a key away."""

    def change(config: dict[str, Any]) -> None:
        for each in config["metallb:platform"]["racks"][0]["routers"]:
            keys = routers.get(each["name"], {})
            each.update(keys)
            for key in [key for key, value in keys.items() if value is None]:
                del each[key]

    return change


def _intervals(config: dict[str, Any]) -> None:
    config["metallb:bgp"]["bfdProfiles"]["quick"]["transmitInterval"] = 250
    pool = config["metallb:addressPools"]["default"]
    pool["advertisements"] = {"default": {"communities": ["65000:1"], "localPref": 120}}


CASES: dict[str, tuple[Change, ...]] = {
    "times, peerASN, dualStackAddressFamily": (
        _at(
            tor1={"holdTime": "12s", "keepaliveTime": "4s", "connectTime": "2s"},
            tor2={"asn": 65531},
            tor6={"dualStackAddressFamily": True},
        ),
    ),
    "no bfdProfile, ebgpMultiHop, password": (
        _at(tor1={"bfdProfile": None}, tor2={"ebgpMultiHop": True}, tor6={"password": OTHER_KEY}),
    ),
    "bfdProfile, peerPort": (_at(tor2={"bfdProfile": "quick"}, tor6={"port": 1179}),),
    "intervals, advertisements, dynamicASN, localASN": (
        _intervals,
        _at(tor2={"dynamicAsn": "external"}, tor6={"shownAsn": 65010}),
    ),
    "vrf": (_at(tor2={"vrf": "red"}),),
}
"""Each router's sessions show the effect of its own change."""


def _other_times(config: dict[str, Any]) -> None:
    """What FRR's configuration shows, and no session."""
    _at(tor1={"holdTime": "12s", "keepaliveTime": "4s"})(config)


def _own_id(config: dict[str, Any]) -> None:
    own = {"hostname": "node1", "routerId": "10.9.9.9"}
    config["metallb:platform"]["racks"][0]["nodes"] = [own, "node2"]


def _other_as(config: dict[str, Any]) -> None:
    config["metallb:bgp"]["myAsn"] = 65001


REPLACED: dict[str, tuple[tuple[Change, ...], bool, bool]] = {
    "name": ((_other_times, _at(tor2={"name": "other"})), False, False),
    "gracefulRestart": ((_other_times, _at(tor2={"gracefulRestart": True})), False, False),
    "routerID": ((_other_times, _own_id), False, True),
    "myASN": ((_other_as,), True, True),
}
"""Changes for which objects are deleted before others are made: whether all of them are, and
whether the predicted sessions end whatever the time in between."""


def _changed(site: Site, changes: tuple[Change, ...], folder: Path) -> Path:
    def change(config: dict[str, Any]) -> None:
        for each in changes:
            each(config)

    return variant(site.cluster.stack, folder / "Pulumi.changed.yaml", change)


def _sessions(site: Site) -> dict[tuple[str, str], int]:
    """When each session that is up was established, in seconds."""
    found = {}
    for node, frr in site.frr.items():
        for address, shown in json.loads(frr.ask("show bgp neighbors json")).items():
            if isinstance(shown, dict) and shown.get("bgpState") == "Established":
                found[node, address] = int(shown["bgpTimerUpEstablishedEpoch"])
    return found


def _settled(site: Site) -> None:
    wait_until("every session", lambda: len(_sessions(site)) == 6, seconds=120, every=0.5)


def _ended(before: dict[tuple[str, str], int], now: dict[tuple[str, str], int]) -> Ends:
    """Those that are not up any more, or that were opened since; FRR rounds to a second."""
    return {ends for ends, at in before.items() if abs(now.get(ends, 0) - at) > 2}


def _configured(frr: dict[str, FrrNode]) -> dict[str, str]:
    return {node: each.ask("show running-config") for node, each in frr.items()}


Apply = Callable[[Site, list[Object], list[Object]], None]


def _apply(site: Site, objects: list[Object], instead_of: list[Object]) -> None:
    """Bring the stack's own objects to others; what installs MetalLB is not among them."""
    kept = {ident(each) for each in objects}
    site.lab.apply_when_ready(objects)
    for each in instead_of:
        if ident(each) not in kept:
            site.lab.api.delete(each)


def _replace(site: Site, objects: list[Object], instead_of: list[Object], *, whole: bool) -> None:
    """The same in the order of `up`: what goes makes room, then what stays, then what is new.

    :param whole: whether all peers go first.
    """
    former = {ident(each): each for each in instead_of}
    wanted = {ident(each): each for each in objects}
    for key, each in former.items():
        if each["kind"] == BgpPeer.kind and (whole or _goes(each, wanted.get(key))):
            site.lab.api.delete(each)
    site.lab.apply_when_ready([each for key, each in wanted.items() if key in former])
    site.lab.apply_when_ready([each for key, each in wanted.items() if key not in former])


def _goes(peer: Object, wanted: Object | None) -> bool:
    """Whether an update deletes an object, to make it anew or not."""
    return wanted is None or any(peer["spec"].get(key) != wanted["spec"].get(key) for key in FIXED)


@contextmanager
def _other(site: Site, to: Path, apply: Apply = _apply) -> Iterator[None]:
    """The cluster with another stack file, until every node's FRR has it, and back."""
    cluster = site.cluster
    own, other = (cluster.render(path).objects for path in (cluster.stack, to))

    def reloaded(instead_of: dict[str, str]) -> bool:
        now = _configured(site.frr)
        return all(now[node] != instead_of[node] for node in now)

    former = _configured(site.frr)
    apply(site, other, own)
    try:
        wait_until("the change", lambda: reloaded(former), seconds=60)
        yield
    finally:
        changed = _configured(site.frr)
        apply(site, own, other)
        # FRR's reload leaves `neighbor ... bfd` where a profile was, so it is not quite the same.
        wait_until("the former state", lambda: reloaded(changed), seconds=60)
        _settled(site)


@pytest.mark.parametrize("name", CASES)
def test_the_sessions_that_are_predicted_to_end_do_and_no_others(
    site: Site, name: str, tmp_path: Path
) -> None:
    changes = CASES[name]
    if site.stack.install.bgp_mode is not BgpMode.FRR:
        if name == "vrf":
            pytest.skip("frr-k8s keeps its former configuration where a node has no such VRF")
        if "localASN" in name:
            changes = (_intervals, _at(tor2={"dynamicAsn": "external"}))
    _settled(site)
    to = _changed(site, changes, tmp_path)
    predicted = _predicted(site, to)
    up = _sessions(site)
    with _other(site, to):
        wait_until(
            "the predicted ends", lambda: _ended(up, _sessions(site)) >= predicted, seconds=60
        )
        assert _ended(up, _sessions(site)) == predicted


@pytest.mark.parametrize("name", REPLACED)
def test_where_objects_are_replaced_no_other_sessions_end(
    site: Site, name: str, tmp_path: Path
) -> None:
    changes, whole, certain = REPLACED[name]
    _settled(site)
    to = _changed(site, changes, tmp_path)
    predicted = _predicted(site, to)
    assert predicted
    up = _sessions(site)
    with _other(site, to, partial(_replace, whole=whole)):
        if certain:
            wait_until(
                "the predicted ends", lambda: _ended(up, _sessions(site)) >= predicted, seconds=60
            )
        assert _ended(up, _sessions(site)) <= predicted


def _predicted(site: Site, to: Path) -> Ends:
    """Sessions that are predicted to end."""
    before, after = (site_of_stack(load_file(path).config) for path in (site.cluster.stack, to))
    addresses = {session.router: session.address[0] for session in after.sessions}
    impact = impact_of(before, after)
    return {
        (node, addresses[group.router])
        for group in (*impact.redialled, *impact.ended)
        for node in group.nodes
    }
