"""Nothing is worked out twice where facts are looked up: rules, and peers."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.render import render
from tests.support.paths import STACKS
from tests.support.programs import run_root
from tests.unit.inventory.test_counts import rules_counted


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each rule ran, and each peer was made."""
    found = rules_counted(monkeypatch)
    peer = EquinixMetalPlatform.peer

    def counted(self: EquinixMetalPlatform, stack: Any, slot: Any, nodes: Any) -> Any:
        found[f"peer {slot.name}"] += 1
        return peer(self, stack, slot, nodes)

    monkeypatch.setattr(EquinixMetalPlatform, "peer", counted)
    return found


def test_render_runs_each_rule_once_a_stage_and_makes_each_peer_once(
    calls: Counter[str], tmp_path: Path
) -> None:
    render(STACKS / "Pulumi.demo.yaml", tmp_path / "out")
    assert {key for key in calls if key.startswith("peer")} == {"peer worker-0", "peer worker-1"}
    assert calls["M1 file"] == calls["M1 facts"] == 1
    assert set(calls.values()) == {1}


def test_an_update_runs_each_rule_once_a_stage_and_makes_each_peer_once(
    calls: Counter[str],
) -> None:
    run_root("demo", preview=False)
    assert calls["M1 file"] == calls["M1 facts"] == 1
    assert set(calls.values()) == {1}
