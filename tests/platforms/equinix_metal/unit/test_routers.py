"""`routers`, where the provider's routers are at the other end."""

import pytest

from metallb.cli import main
from tests.support.paths import STACKS

DEMO = str(STACKS / "Pulumi.demo.yaml")


def test_the_providers_routers_are_described_in_its_own_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["routers", DEMO, "--dialect", "frr"]) == 0
    shown = capsys.readouterr().out
    assert "The routers are Equinix Metal's" in shown
    assert "worker-0: AS 65000 to 10.64.43.10 AS 65530; from 10.64.43.11" in shown
    assert main(["routers", DEMO, "--check", "router.conf"]) == 2
    assert "configured by the provider" in capsys.readouterr().err
