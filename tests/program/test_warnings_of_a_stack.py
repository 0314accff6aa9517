"""What the program warns of under the engine, where no command has read the file before."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from pulumi.runtime.mocks import MockMonitor

from tests.support.programs import run_root, sections

SECRET = "N3verShownKey"


def racks(**changes: Any) -> dict[str, Any]:
    found = sections("onprem")
    for key, value in changes.items():
        found[key] = {**found[key], **value}
    return found


@pytest.mark.parametrize("secret_keys", [[], ["metallb:bgp"]])
def test_a_clear_password_is_told_unless_pulumi_calls_its_section_secret(
    secret_keys: list[str],
) -> None:
    record = run_root(racks(bgp={"password": SECRET}), secret_keys=secret_keys)
    told = [each for each in record.warnings if "K5" in each]
    assert len(told) == (0 if secret_keys else 1)
    assert record.warnings == told
    assert SECRET not in str(told)


def test_a_clear_token_of_the_provider_is_told() -> None:
    record = run_root("onprem", config={"equinix-metal:authToken": SECRET})
    (told,) = record.warnings
    assert "warning K5: equinix-metal:authToken: " in told
    assert SECRET not in told


@pytest.mark.parametrize("under_the_engine", [True, False])
def test_the_cluster_of_the_current_context_is_named_where_it_would_be_changed(
    under_the_engine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("current-context: admin@site\n")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    stack = sections("onprem", lambda found: found["kubernetes"].pop("context"))
    monitor = type("Nothing", (), {}) if under_the_engine else MockMonitor
    with mock.patch("metallb.program.checks.MockMonitor", monitor):
        record = run_root(stack)
    told = [each for each in record.warnings if "X4" in each]
    assert record.warnings == told
    assert ["'admin@site'" in each for each in told] == [True] * under_the_engine
