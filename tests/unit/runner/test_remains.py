"""What is said of deletions that did not happen."""

import pytest

from metallb.errors import PlatformError
from metallb.recovery import BLOCK_TYPE, SESSION_TYPE
from metallb.runner import remains
from metallb.runner.remains import Deleted, Remains

BLOCK = Deleted(BLOCK_TYPE, "elastic-ip-web-block", "b1")
SESSION = Deleted(SESSION_TYPE, "bgp-sessions-worker-0-ipv4", "s1")


def refused(*_):
    raise PlatformError(where="GET /ips/b1", seen="HTTP status 403", rule="the API answers")


def test_only_what_is_still_there_is_told(monkeypatch):
    monkeypatch.setattr(remains, "block_exists", lambda *_: False)
    monkeypatch.setattr(remains, "session_exists", lambda *_: True)
    found = Remains.of([BLOCK, SESSION], None)
    assert found.there == (SESSION,)
    failure = found.failure("destroy demo", "acme/demo")
    assert "session s1 (bgp-sessions-worker-0-ipv4)" in failure.seen
    assert "b1" not in failure.seen
    assert "recover acme/demo" in failure.remedy


def test_who_may_not_look_is_told_that_nobody_knows_and_fails_nothing(monkeypatch):
    monkeypatch.setattr(remains, "block_exists", refused)
    monkeypatch.setattr(remains, "session_exists", lambda *_: False)
    found = Remains.of([BLOCK, SESSION], None)
    assert found.failure("destroy demo", "demo") is None
    assert "HTTP status 403" in found.doubt("destroy demo")


@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_failed_anyhow_warns_of_it_beside_its_own_error(there):
    from metallb.runner.events import EventLog
    from metallb.runner.report import ErrorReport, Result
    from metallb.runner.stack import _Run

    run = _Run("destroy", "demo", "demo", EventLog())
    run.remains = Remains(there=(BLOCK,) if there else ())
    own = PlatformError(where="destroy demo", seen="boom", rule="it works")
    report = run.report(result=Result.FAILED, error=ErrorReport.of(own))
    assert report.error.seen == "boom"
    assert [("b1" in told.message, told.severity) for told in report.diagnostics] == (
        [(True, "warning")] if there else []
    )
