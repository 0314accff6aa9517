"""What a stack file has no key for is left out by name, or refused, and judged all the same."""

from pathlib import Path

import pytest

from metallb.importing.reading import read_foreign
from tests.unit.importing.inputs import (
    ADVERTISED,
    FRR,
    L2,
    PEER,
    POOL,
    checked,
    config,
    documents,
    imported,
    written,
)

REFUSED = f"{L2}spec: {{nodeSelectors: [{{matchExpressions: [{{key: x, operator: Near}}]}}]}}\n"
WISH = (
    f"{L2}spec: {{preferredNodeSelectors: "
    "[{weight: 5, preference: {matchLabels: {a: -}}}]}\n"
)
BY_LABEL = f"{L2}spec: {{ipAddressPoolSelectors: [{{matchLabels: {{announce: arp}}}}]}}\n"


@pytest.mark.parametrize(
    ("parts", "left", "pools"),
    [
        (
            (PEER, POOL, ADVERTISED, BY_LABEL),
            ("L2Advertisement lan: it selects no pool",),
            {"web"},
        ),
        (
            (PEER, POOL, ADVERTISED, FRR),
            ("FRRConfiguration in",),
            {"web"},
        ),
        (
            (
                PEER,
                POOL,
                ADVERTISED,
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bgpextras}\n"
                "data: {extras: 'a b'}\n",
            ),
            ("ConfigMap bgpextras",),
            {"web"},
        ),
        (
            (
                PEER,
                POOL,
                ADVERTISED,
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n"
                "data: {config: 'peers: []'}\n",
            ),
            ("ConfigMap config",),
            {"web"},
        ),
        (
            (
                PEER,
                POOL,
                ADVERTISED,
                ADVERTISED.replace("name: web", "name: none").replace(
                    "ipAddressPools: [web]",
                    "ipAddressPoolSelectors: [{matchLabels: {a: b}}]",
                ),
            ),
            ("BGPAdvertisement none",),
            {"web"},
        ),
        (
            (PEER.replace("holdTime", "disableMP: true, holdTime"), POOL, ADVERTISED),
            ("BGPPeer r1: disableMP",),
            {"web"},
        ),
        ((PEER, POOL, ADVERTISED, REFUSED), ("L2Advertisement lan: nodeSelectors[0]",), {"web"}),
        ((PEER, POOL, ADVERTISED, WISH), ("L2Advertisement lan: preferredNode",), {"web"}),
        (
            (PEER, POOL, ADVERTISED.replace("[web]", "[web], serviceSelectors: [{}, {}]")),
            ("BGPAdvertisement web: serviceSelectors[1]",),
            {"web"},
        ),
    ],
    ids=["l2 of no pool", "frr", "extras", "old", "none", "mp", "l2 refused", "wish", "bgp"],
)
def test_what_is_left_out_is_named(
    parts: tuple[str, ...],
    left: tuple[str, ...],
    pools: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, documents(*parts))
    sections, lines = imported(capsys, str(path))
    shown = [each for each in lines if each.startswith("note: not read: ")]
    assert len(shown) == len(left)
    assert all(f"{path}: {what}" in line for what, line in zip(left, shown, strict=True))
    assert set(sections["metallb:addressPools"]) == pools
    assert not [each for each in lines if each.startswith("then: error")]


@pytest.mark.parametrize(
    ("entry", "form"),
    [
        ("protocol: arp", "FORM"),
        ("protocol: layer2, bgp-advertisements: [{}]", "FORM"),
        ("protocol: ''", "FORM"),
    ],
)
def test_a_pool_of_another_protocol_is_refused(
    entry: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, config("protocol: bgp", entry))
    assert checked(capsys, str(path))[0] == {form}


def test_a_peer_without_an_address_is_one_that_metallb_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, config("peer-address: 192.0.2.1", "peer-port: 179"))
    _, lines = imported(capsys, str(path), code=2)
    assert any("error[P4]" in each for each in lines)
    assert any(each.startswith("error[E116]") for each in lines)


def test_an_empty_entry_is_one_at_its_defaults(tmp_path: Path) -> None:
    text = config("protocol: bgp", "protocol: bgp, bgp-advertisements: [null, {localpref: 5}]")
    text = text.replace("hold-time", "node-selectors: [null], hold-time")
    routing = read_foreign(written(tmp_path, text)).routing
    assert [each.spec.local_pref for each in routing.advertisements] == [None, 5]
    (peer,) = routing.peers
    assert peer.spec.node_selectors is not None
    assert peer.spec.node_selectors[0].matches({"any": "thing"})


def test_the_forks_key_is_an_error_and_its_peers_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, config(more="peer-autodiscovery: {from-annotations: []}\n"))
    assert checked(capsys, str(path))[0] == {"V11"}
    _, lines = imported(capsys, str(path))
    assert any("not read: " in each and "peer-autodiscovery" in each for each in lines)
