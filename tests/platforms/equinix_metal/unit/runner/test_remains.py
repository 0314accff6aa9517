"""How deletions that did not happen are reported."""

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError

from metallb.platforms.equinix_metal import client
from metallb.platforms.equinix_metal.names import BLOCK_TYPE, SESSION_TYPE
from metallb.problems.errors import PlatformError
from metallb.runner.remains import Deleted, Remains
from tests.unit.stacks import CIPHERTEXT

BLOCK = Deleted(BLOCK_TYPE, "elastic-ip-web-block", "b1")
SESSION = Deleted(SESSION_TYPE, "bgp-sessions-worker-0-ipv4", "s1")


def refused(*_):
    raise PlatformError("GET /ips/b1 failed: HTTP status 403", code="E301")


def test_only_what_is_still_there_is_reported(monkeypatch):
    monkeypatch.setattr(client, "block_exists", lambda *_: False)
    monkeypatch.setattr(client, "session_exists", lambda *_: True)
    found = Remains.of([BLOCK, SESSION], lambda _: None)
    assert found.there == (SESSION,)
    (problem,) = found.failure("acme/demo").problems
    assert problem.code == "E308"
    assert "session s1 (bgp-sessions-worker-0-ipv4)" in problem.summary
    assert "b1" not in problem.summary
    assert "recover acme/demo" in problem.help


def test_a_token_that_may_not_read_leaves_a_doubt_and_no_failure(monkeypatch):
    monkeypatch.setattr(client, "block_exists", refused)
    monkeypatch.setattr(client, "session_exists", lambda *_: False)
    found = Remains.of([BLOCK, SESSION], lambda _: None)
    assert found.failure("demo") is None
    assert "HTTP status 403" in found.doubt()


@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_fails_for_another_reason_warns_of_it_beside_its_error(there):
    from metallb.loading.stack import load
    from metallb.runner.events import EventLog
    from metallb.runner.report import ErrorReport, Result
    from metallb.runner.stack import _Run

    run = _Run("destroy", "demo", "demo", load("demo"), EventLog())
    run.remains = Remains(there=(BLOCK,) if there else ())
    own = PlatformError("boom", code="E304")
    report = run.report(result=Result.FAILED, error=ErrorReport.of(own))
    assert [each.code for each in report.error.problems] == ["E304"]
    assert [("b1" in each.message, each.severity) for each in report.diagnostics] == (
        [(True, "warning")] if there else []
    )


def test_a_token_that_can_not_be_decrypted_leaves_a_doubt(monkeypatch):
    from metallb.loading.stack import load
    from metallb.runner.events import EventLog
    from metallb.runner.stack import StackRunner, _Run

    class Workspace:
        def config_value(self, key, stack):
            raise CommandError(CommandResult("", f"error: {key}: incorrect passphrase", 255))

    for name in ("METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    loaded = load("demo")
    loaded.file.config["equinix-metal:authToken"] = {"secure": CIPHERTEXT}
    log = EventLog()
    log._deleted.append(BLOCK)
    run = _Run("destroy", "demo", "demo", loaded, log)
    found = StackRunner("demo")._remains(run, Workspace())
    assert found.failure("demo") is None
    assert "passphrase" in found.doubt()
