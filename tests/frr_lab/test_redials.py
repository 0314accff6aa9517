"""Which sessions a reload of FRR ends, field by field, beside what `metallb impact` predicts.

Each test leaves the lab whole. The AS number and the router id of all nodes at once are not among
them: MetalLB's webhook takes one peer after the other, and refuses peers that differ in them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.frr_lab.conftest import Site

pytestmark = pytest.mark.lab

Ends = set[tuple[str, str]]
"""Node, and address of the router."""
OTHER_KEY = "another-lab-key"

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "times": ("tor2", {"holdTime": "12s", "keepaliveTime": "4s", "connectTime": "2s"}),
    "bfdProfile": ("tor2", {"bfdProfile": "quick"}),
    "no bfdProfile": ("tor1", {"bfdProfile": None}),
    "ebgpMultiHop": ("tor2", {"ebgpMultiHop": True}),
    "peerASN": ("tor2", {"asn": 65531}),
    "peerPort": ("tor2", {"port": 1179}),
    "password": ("tor2", {"password": OTHER_KEY}),
    "dualStackAddressFamily": ("tor2", {"dualStackAddressFamily": True}),
}


def _changed(site: Site, router: str, keys: dict[str, Any], folder: Path) -> Path:
    def change(config: dict[str, Any]) -> None:
        for each in config["metallb:platform"]["racks"][0]["routers"]:
            if each["name"] == router:
                each.update(keys)
                for key in [key for key, value in keys.items() if value is None]:
                    del each[key]

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


def _apply(site: Site, objects: list[Object], instead_of: list[Object]) -> None:
    """Bring the stack's own objects to others; what installs MetalLB is not among them."""
    kept = {ident(each) for each in objects}
    site.lab.apply_when_ready(objects)
    for each in instead_of:
        if ident(each) not in kept:
            site.lab.api.delete(each)


@contextmanager
def _other(site: Site, to: Path) -> Iterator[None]:
    """The cluster with another stack file, until every node's FRR has it, and back."""
    cluster = site.cluster
    own, other = (cluster.render(path).objects for path in (cluster.stack, to))

    def reloaded(instead_of: dict[str, str]) -> bool:
        now = _configured(site.frr)
        return all(now[node] != instead_of[node] for node in now)

    former = _configured(site.frr)
    _apply(site, other, own)
    try:
        wait_until("the change", lambda: reloaded(former), seconds=60)
        yield
    finally:
        changed = _configured(site.frr)
        _apply(site, own, other)
        # FRR's reload leaves `neighbor ... bfd` where a profile was, so it is not quite the same.
        wait_until("the former state", lambda: reloaded(changed), seconds=60)
        _settled(site)


@pytest.mark.parametrize("name", CASES)
def test_the_sessions_that_are_predicted_to_redial_do_and_no_others(
    site: Site, name: str, tmp_path: Path
) -> None:
    router, keys = CASES[name]
    _settled(site)
    to = _changed(site, router, keys, tmp_path)
    before, after = (site_of_stack(load_file(path).config) for path in (site.cluster.stack, to))
    addresses = {session.router: session.address[0] for session in after.sessions}
    predicted = {
        (node, addresses[group.router])
        for group in impact_of(before, after).redialled
        for node in group.nodes
    }
    up = _sessions(site)
    with _other(site, to):
        wait_until(
            "the predicted redials", lambda: _ended(up, _sessions(site)) >= predicted, seconds=60
        )
        assert _ended(up, _sessions(site)) == predicted
