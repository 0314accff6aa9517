"""A peer that a stack file can't have is left out by name, and the others are imported."""

from pathlib import Path
from typing import Any

import pytest

from metallb.importing import leaving_out
from metallb.problems.errors import ConfigError
from metallb.routing import BgpPeer
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    SECOND,
    config,
    documents,
    imported,
    written,
)

THIRD = PEER.replace("name: r1", "name: r3").replace("192.0.2.1", "192.0.2.3")
TO_BOTH = ADVERTISED.replace("[web]", "[web], peers: [r1, r2]")
TO_SECOND = ADVERTISED.replace("name: web,", "name: second,").replace("[web]", "[web], peers: [r2]")


@pytest.fixture(autouse=True)
def no_key_for_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which fields have no key changes with the stack file; here one peer has such a field."""

    def without_key(routing: Any, found: Any) -> Any:
        del found
        for peer in routing.peers:
            if peer.spec.peer_address == "192.0.2.2":
                yield ConfigError(
                    "colour green has no key in a stack file",
                    code="E116",
                    location=(*peer.origin, "spec", "peerAddress"),
                ).problem

    monkeypatch.setattr(leaving_out, "without_key", without_key)


def not_read(lines: list[str]) -> list[str]:
    return [each.partition("note: not read: ")[2] for each in lines if "note: not read: " in each]


def routers(sections: dict[str, Any]) -> list[str]:
    return [
        router["address"]
        for rack in sections["metallb:platform"]["racks"]
        for router in rack["routers"]
    ]


def test_the_others_are_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, documents(PEER, SECOND, THIRD, POOL, ADVERTISED))
    sections, lines = imported(capsys, str(path))
    assert routers(sections) == ["192.0.2.1", "192.0.2.3"]
    (line,) = not_read(lines)
    assert line == f"{path}: BGPPeer r2: colour green has no key in a stack file: keep the object"


def test_strict_leaves_none_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, documents(PEER, SECOND, POOL, ADVERTISED))
    _, lines = imported(capsys, str(path), "--strict", code=2)
    assert f"{path}:9:51: error[E116]: colour green" in "\n".join(lines)


def test_where_all_are_left_out_nothing_is_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(SECOND, POOL, ADVERTISED))
    _, lines = imported(capsys, str(path), code=2)
    assert any("error[E116]: colour green" in each for each in lines)


def test_an_advertisement_loses_the_peer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(PEER, SECOND, THIRD, POOL, TO_BOTH, TO_SECOND))
    sections, lines = imported(capsys, str(path))
    (entry,) = sections["metallb:addressPools"]["web"]["advertisements"].values()
    (name,) = entry["peers"]
    assert "r1" in name
    assert [each.partition(f"{path}: ")[2].partition(":")[0] for each in not_read(lines)] == [
        "BGPPeer r2",
        "BGPAdvertisement web",
        "BGPAdvertisement second",
    ]


def test_a_configmap_leaves_no_session_beside_the_stack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = "- {peer-address: 192.0.2.2, peer-asn: 64513, my-asn: 64512, hold-time: 9s}\n"
    path = written(tmp_path, config("address-pools:", f"{entry}address-pools:"))
    sections, lines = imported(capsys, str(path))
    assert routers(sections) == ["192.0.2.1"]
    (line,) = not_read(lines)
    assert "peers[1]" in line
    assert "the session ends" in line


def test_strict_refuses_whatever_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled = PEER.replace("}\nspec", ", annotations: {team: net}}\nspec", 1)
    path = written(tmp_path, documents(labelled, POOL, ADVERTISED))
    assert imported(capsys, str(path))[0] != {}
    _, lines = imported(capsys, str(path), "--strict", code=2)
    assert any(":1:1: error[E116]: not read: annotations team" in each for each in lines)
    path = written(tmp_path, documents(PEER, POOL, ADVERTISED))
    assert imported(capsys, str(path), "--strict")[0] != {}


def test_a_selector_with_too_many_combinations_leaves_its_peer_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = ", ".join(f"v{number}" for number in range(120))
    terms = ", ".join(f"{{key: k{n}, operator: In, values: [{values}]}}" for n in range(2))
    wide = THIRD.replace("holdTime", f"nodeSelectors: [{{matchExpressions: [{terms}]}}], holdTime")
    path = written(tmp_path, documents(PEER, wide, POOL, ADVERTISED))
    sections, lines = imported(capsys, str(path))
    assert routers(sections) == ["192.0.2.1"]
    (line,) = not_read(lines)
    assert f"{BgpPeer.kind} r3: " in line
