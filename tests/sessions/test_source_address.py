"""Where a session is opened from: by the peer in mode frr, by an FRRConfiguration in frr-k8s.

In mode frr-k8s MetalLB does not pass `sourceAddress` on. What a person can do about it is on
docs/routers.md. Each test leaves the lab whole.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.api import Object
from lab.exercise import SYSTEM
from lab.spawn import wait_until
from metallb.releases import BgpMode
from tests.support.frr_site import Site

pytestmark = pytest.mark.lab

NODE, ROUTER, ADDRESS, SOURCE = "node1", "tor2", "203.0.113.2", "203.0.113.41"
VERSION = "frrk8s.metallb.io/v1beta1"


@contextmanager
def second_address(site: Site) -> Iterator[None]:
    """The node has another address in its rack's network, which the router expects."""
    fabric = site.fabric
    (segment,) = fabric.topology.host(NODE).segments
    fabric.address(segment, NODE, f"{SOURCE}/26")
    path = site.lab.folder / "bird" / f"{ROUTER}.conf"
    before = path.read_text()
    usual = re.search(r"protocol bgp to_node1 \{.*?\n\}\n", before, re.S)
    assert usual is not None
    node = str(fabric.topology.host(NODE).address)
    path.write_text(before + usual[0].replace("to_node1", "to_other").replace(node, SOURCE))
    fabric.birdc_write(ROUTER, "configure")
    try:
        yield
    finally:
        path.write_text(before)
        fabric.birdc_write(ROUTER, "configure")


def source(site: Site) -> str:
    """The node's end of its session with the router, if it is up."""
    shown = json.loads(site.frr[NODE].ask(f"show bgp neighbors {ADDRESS} json"))
    neighbor = shown.get(ADDRESS, {})
    return str(neighbor.get("hostLocal")) if neighbor.get("bgpState") == "Established" else ""


def frr_configuration(spec: Object) -> Object:
    chosen = {"nodeSelector": {"matchLabels": {"kubernetes.io/hostname": NODE}}}
    metadata = {"name": "source-of-node1", "namespace": SYSTEM}
    return {
        "apiVersion": VERSION,
        "kind": "FRRConfiguration",
        "metadata": metadata,
        "spec": {**chosen, **spec},
    }


RAW = frr_configuration(
    {"raw": {"rawConfig": f"router bgp 65000\n neighbor {ADDRESS} update-source {SOURCE}\n"}}
)


@contextmanager
def opened_from_the_source(site: Site) -> Iterator[None]:
    """The way of the mode, and back."""
    if site.stack.install.bgp_mode is BgpMode.FRR:
        path = site.lab.api.path("metallb.io/v1beta2", "BGPPeer", "rack1-tor2", SYSTEM)
        peer = site.lab.api.request("GET", path)
        kept = {"apiVersion": peer["apiVersion"], "kind": peer["kind"]}
        kept["metadata"] = {"name": "rack1-tor2", "namespace": SYSTEM}
        site.lab.api.merge(kept, {"spec": {"sourceAddress": SOURCE}})
        try:
            yield
        finally:
            site.lab.api.merge(kept, {"spec": {"sourceAddress": None}})
        return
    site.lab.api.apply(RAW)
    try:
        yield
    finally:
        site.lab.api.delete(RAW)


def test_a_session_is_opened_from_the_source_address(site: Site) -> None:
    site.when_healthy()
    usual = source(site)
    assert usual == str(site.fabric.topology.host(NODE).address)
    with second_address(site):
        with opened_from_the_source(site):
            wait_until("the session from there", lambda: source(site) == SOURCE, seconds=90)
            of_others = site.status().notes
        beside = [note for note in of_others if "FRRConfiguration" in note]
        raw = site.stack.install.bgp_mode is BgpMode.FRR_K8S
        assert ["source-of-node1 has raw FRR configuration" in note for note in beside] == [
            True
        ] * raw
        wait_until("the usual session", lambda: source(site) == usual, seconds=90)
    site.when_healthy()


def test_frr_k8s_takes_no_other_source_address_beside_metallbs(site: Site) -> None:
    """Why that FRRConfiguration is a raw one: frr-k8s merges neighbors only where they agree."""
    if site.stack.install.bgp_mode is BgpMode.FRR:
        pytest.skip("mode frr reads no FRRConfigurations")
    site.when_healthy()
    neighbor = {"address": ADDRESS, "asn": 65530, "sourceaddress": SOURCE}
    typed = frr_configuration({"bgp": {"routers": [{"asn": 65000, "neighbors": [neighbor]}]}})
    site.lab.api.apply(typed)

    try:
        wait_until("the refusal", lambda: "multiple" in conversion(site), every=0.3)
    finally:
        site.lab.api.delete(typed)
    wait_until("the former state", lambda: conversion(site) == "success", every=0.3)
    site.when_healthy()


def test_a_raw_line_for_no_neighbor_fails_the_reload_and_leaves_the_others(site: Site) -> None:
    if site.stack.install.bgp_mode is BgpMode.FRR:
        pytest.skip("mode frr reads no FRRConfigurations")
    site.when_healthy()
    line = "router bgp 65000\n neighbor 203.0.113.60 update-source 203.0.113.41\n"
    assert last_reload(site) == "success"
    site.lab.api.apply(frr_configuration({"raw": {"rawConfig": line}}))
    try:
        wait_until("the failed reload", lambda: last_reload(site) == "failure", every=0.3)
        assert all(session.up for session in site.status().sessions)
    finally:
        site.lab.api.delete(RAW)
    wait_until("the former state", lambda: last_reload(site) == "success", every=0.3)
    site.when_healthy()


def last_reload(site: Site) -> str:
    """How the last reload of the node's FRR went."""
    return re.findall(r"^reload: (\w+)$", site.frr[NODE].log.read_text(), re.M)[-1]


def conversion(site: Site) -> str:
    """What frr-k8s made of the node's FRRConfigurations the last time."""
    state = site.lab.api.get(VERSION, "FRRNodeState", NODE)["status"]
    return str(state.get("lastConversionResult"))
