"""Nothing is worked out twice: rules, and peers."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from metallb.platforms.static import peers
from metallb.preflight.registry import Rule
from metallb.render import render
from tests.support.paths import STACKS
from tests.support.programs import run_root


def rules_counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each rule ran, in either stage."""
    found: Counter[str] = Counter()
    problems = Rule.problems

    def counted(self: Rule, case: Any) -> Any:
        found[f"{self.id} {'facts' if case.facts is not None else 'file'}"] += 1
        return problems(self, case)

    monkeypatch.setattr(Rule, "problems", counted)
    return found


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each rule ran, and each peer was made."""
    found = rules_counted(monkeypatch)
    made = peers.static_peers

    def counted(*args: Any) -> Any:
        listed = tuple(made(*args))
        found.update(f"peer {peer.name}" for peer in listed)
        return listed

    monkeypatch.setattr(peers, "static_peers", counted)
    return found


def test_render_runs_each_rule_once_and_makes_each_peer_once(
    calls: Counter[str], tmp_path: Path
) -> None:
    render(STACKS / "Pulumi.onprem.yaml", tmp_path / "out")
    assert {key for key in calls if key.startswith("peer")} == {
        f"peer rack-{rack}-tor-{number}" for rack in "ab" for number in (1, 2)
    }
    assert calls["M1 file"] == 1
    assert set(calls.values()) == {1}


def test_an_update_runs_each_rule_once_and_makes_each_peer_once(calls: Counter[str]) -> None:
    run_root("onprem", preview=False)
    assert calls["M1 file"] == 1
    assert set(calls.values()) == {1}
