"""The report as people and machines read it."""

import json

from metallb.runner.report import (
    ErrorReport,
    FindingReport,
    PropertyChange,
    ResourceChange,
    Result,
    RunReport,
)
from metallb.runner.text import markdown, text

CHANGE = ResourceChange(
    kind="update",
    type="kubernetes:metallb.io/v1beta2:BGPPeer",
    name="routing-bgppeer-rack-a",
    urn="u",
    properties=(PropertyChange(path="spec.holdTime", kind="update", old="3s", new="9s"),),
)
FINDING = FindingReport(
    id="P6",
    severity="warning",
    where="metallb:bgp.holdTime",
    seen="3s",
    rule="is short, and 100% of it\ncounts",
    remedy="write 9s",
    file="stacks/Pulumi.demo.yaml",
    line=24,
)


def report(**fields):
    base = {"command": "preview", "stack": "demo", "changes": {"same": 50, "update": 1}}
    return RunReport(**{**base, "resources": (CHANGE,), "findings": (FINDING,), **fields})


def test_a_preview_shows_what_changes_and_how_much():
    shown = text(report())
    assert "~ BGPPeer routing-bgppeer-rack-a" in shown
    assert "spec.holdTime: 3s -> 9s" in shown
    assert "1 to update, 50 unchanged" in shown


def test_an_update_shows_its_outputs():
    shown = text(report(command="up", outputs={"namespace": "metallb-system"}))
    assert "namespace: metallb-system" in shown
    assert "1 updated, 50 unchanged" in shown


def test_the_comment_holds_counts_findings_and_the_diff():
    shown = markdown(report())
    assert "-     spec.holdTime: 3s" in shown
    assert "+     spec.holdTime: 9s" in shown
    assert "| warning | P6 | `metallb:bgp.holdTime` |" in shown


def test_a_comment_stays_below_what_github_takes_and_closes_its_fence():
    shown = markdown(report(resources=(CHANGE,) * 3000))
    assert len(shown) < 65_536
    assert shown.rstrip().endswith("```\n</details>")
    assert "and more" in shown


def test_a_failed_run_says_why_in_the_comment():
    error = ErrorReport(
        where="up demo", seen="a lock", rule="one at a time", remedy="wait", exit_code=1
    )
    assert "one at a time" in markdown(report(result=Result.FAILED, error=error))


def test_the_document_for_machines_is_camel_case_and_complete():
    document = json.loads(report().model_dump_json(by_alias=True))
    assert set(document) == {
        "format", "command", "stack", "result", "changes", "resources",
        "outputs", "findings", "diagnostics", "error", "durationSeconds",
    }  # fmt: skip


def test_a_report_knows_whether_anything_changes():
    assert report().has_changes
    assert not report(resources=(), changes={"same": 51}).has_changes
