"""`render --diff-cluster` beside a real API server, with MetalLB's webhooks."""

from typing import Any

import pytest

from lab.bringup import DEFAULT_STACK
from metallb.cli import main
from tests.status.conftest import NAMESPACE, Site

pytestmark = pytest.mark.lab

PEER: dict[str, Any] = {
    "apiVersion": "metallb.io/v1beta2",
    "kind": "BGPPeer",
    "metadata": {"name": "rack1-tor1", "namespace": NAMESPACE},
}


@pytest.fixture
def differences(site: Site, capsys: pytest.CaptureFixture[str]) -> Any:
    """Exit code and output of the command."""

    def run(*options: str) -> tuple[int, str]:
        config = str(site.cluster.lab.plane.kubeconfig)
        line = ["render", str(DEFAULT_STACK), "--diff-cluster", "--kubeconfig", config]
        code = main([*line, "--context", "lab", *options])
        return code, capsys.readouterr().out

    return run


def test_an_edit_by_hand_is_what_an_apply_would_take_back(site: Site, differences: Any) -> None:
    code, out = differences()
    assert code == 0, out
    known = site.api.get("metallb.io/v1beta2", "BGPPeer", "rack1-tor1", NAMESPACE)
    site.api.merge(PEER, {"spec": {"holdTime": "30s"}})
    try:
        code, out = differences()
        assert code == 3
        assert "-  holdTime: 30s\n+  holdTime: 3s\n" in out
        assert out.count("+++ ") == 1
    finally:
        site.api.merge(PEER, {"spec": {"holdTime": known["spec"]["holdTime"]}})
    assert differences()[0] == 0


def test_a_dry_run_stores_nothing(site: Site, differences: Any) -> None:
    before = site.api.get("metallb.io/v1beta2", "BGPPeer", "rack1-tor1", NAMESPACE)
    assert differences("--managed-by", "flux")[0] == 3
    assert site.api.get("metallb.io/v1beta2", "BGPPeer", "rack1-tor1", NAMESPACE) == before
