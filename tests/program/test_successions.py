"""A peer in the place of another one is registered as that one, for MetalLB's webhook."""

import copy
from typing import Any

import pytest

from tests.support.programs import run_root
from tests.support.record import Record

Sections = dict[str, Any]
READ = "pulumi:pulumi:readStackResourceOutputs"
PEER = "routing-bgppeer-"


def stack(mode: str = "frr-k8s", name: str = "tor-1", **platform: Any) -> Sections:
    """A rack whose first router has this name."""
    routers = [{"name": name, "address": "10.1.0.1"}, {"name": "tor-2", "address": "10.1.0.2"}]
    rack = {"name": "a", "nodes": ["a1", "a2"], "routers": routers}
    return {
        "install": {"version": "0.16.2", "source": "existing", "bgpMode": mode},
        "platform": {"kind": "static", "racks": [rack], **platform},
        "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "9s"},
        "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
        "kubernetes": {"context": "lab"},
    }


def after(first: Sections, second: Sections, **options: Any) -> Record:
    """The second program, where the first one has been up."""
    return run_root(second, previous=run_root(first), **options)


def aliases(record: Record) -> dict[str, tuple[str, ...]]:
    found = {each.name.removeprefix(PEER): each.aliases for each in record.kube("BGPPeer")}
    return {name: listed for name, listed in found.items() if listed}


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
@pytest.mark.parametrize("mode", ["frr", "frr-k8s"])
def test_another_name_is_an_alias_of_the_former_one(mode: str, preview: bool) -> None:
    record = after(stack(mode), stack(mode, "edge"), preview=preview)
    assert aliases(record) == {"a-edge": (f"{PEER}a-tor-1",)}


def test_the_first_part_of_a_peer_is_the_former_one() -> None:
    record = after(stack(), stack(sharedPeers=False))
    assert aliases(record) == {
        f"a-tor-{number}-a1": (f"{PEER}a-tor-{number}",) for number in (1, 2)
    }


def test_a_peer_waits_for_the_one_that_gives_a_node_up() -> None:
    """Two racks have the same router, and a node moves from the second to the first."""

    def two(*nodes: list[str]) -> Sections:
        routers = [{"name": "tor-1", "address": "10.1.0.1"}]
        racks = [
            {"name": name, "nodes": listed, "routers": routers}
            for name, listed in zip("ab", nodes, strict=True)
        ]
        found = stack()
        found["platform"]["racks"] = racks
        return found

    record = after(two(["a1"], ["b1", "b2"]), two(["a1", "b2"], ["b1"]))
    assert aliases(record) == {}
    assert [each.name.removeprefix(PEER) for each in record.kube("BGPPeer")] == [
        "b-tor-1",
        "a-tor-1",
    ]


@pytest.mark.parametrize(
    ("mode", "kubernetes"),
    [("native", {"context": "lab"}), ("frr-k8s", {"renderTo": "build/lab"})],
    ids=["native", "files"],
)
def test_the_state_is_read_for_the_webhook_alone(mode: str, kubernetes: dict[str, str]) -> None:
    both = [copy.deepcopy(stack(mode, name)) for name in ("tor-1", "edge")]
    for each in both:
        each["kubernetes"] = kubernetes
    record = after(*both)
    assert aliases(record) == {}
    assert [call.token for call in record.invokes if call.token == READ] == []


def test_an_unreadable_state_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metallb.components.own_state._WAITS", (0.0,))
    record = after(stack(), stack(name="edge"), unreadable=2)
    assert aliases(record) == {}
    (shown,) = [each for each in record.warnings if "state can't be read" in each]
    assert "made beside the former one" in shown
