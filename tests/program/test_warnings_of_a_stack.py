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
def test_a_clear_password_is_a_warning_unless_pulumi_calls_its_section_secret(
    secret_keys: list[str],
) -> None:
    record = run_root(racks(bgp={"password": SECRET}), secret_keys=secret_keys)
    shown = [each for each in record.warnings if "K5" in each]
    assert len(shown) == (0 if secret_keys else 1)
    assert record.warnings == shown
    assert SECRET not in str(shown)


def test_a_clear_token_of_the_provider_is_a_warning() -> None:
    record = run_root("onprem", config={"acme-cloud:authToken": SECRET})
    (warning,) = record.warnings
    assert warning.startswith("warning[K5]: a token is in clear text (acme-cloud:authToken)")
    assert SECRET not in warning


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
    shown = [each for each in record.warnings if "X4" in each]
    assert record.warnings == shown
    assert ["'admin@site'" in each for each in shown] == [True] * under_the_engine
