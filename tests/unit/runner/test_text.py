"""The report as people and machines read it."""

import json
import re

import pytest

from metallb.problems.errors import EngineError
from metallb.runner.markdown import MAX_CHARACTERS, markdown, marker
from metallb.runner.report import (
    Diagnostic,
    ErrorReport,
    ProblemReport,
    PropertyChange,
    ResourceChange,
    Result,
    RunReport,
)
from metallb.runner.text import short_type, text

CHANGE = ResourceChange(
    kind="update",
    type="kubernetes:metallb.io/v1beta2:BGPPeer",
    name="routing-bgppeer-rack-a",
    urn="u",
    properties=(PropertyChange(path="spec.holdTime", kind="update", old="3s", new="9s"),),
)
FINDING = ProblemReport(
    id="P6",
    code="P6",
    severity="warning",
    where="metallb:bgp.holdTime",
    location=("metallb:bgp", "holdTime"),
    summary="hold time 3s is short",
    detail="100% of it\ncounts",
    help="write 9s",
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


def test_a_problem_in_the_comment_has_summary_rule_and_help():
    overlap = FINDING.model_copy(update={"summary": "10.0.0.0/28 and 10.0.0.8/29 overlap"})
    assert (
        "| `10.0.0.0/28 and 10.0.0.8/29 overlap`; `100% of it counts`; help: `write 9s` |"
        in markdown(report(findings=(overlap,)))
    )


def test_a_summary_is_code_whatever_it_holds():
    summary = "a|b `c`\n<img> @someone #1 " + "x" * 5000
    row = markdown(report(findings=(FINDING.model_copy(update={"summary": summary}),))).splitlines()
    (row,) = [line for line in row if "| P6 |" in line]
    assert "| `a\\|b 'c' <img> @someone #1 xxx" in row
    assert row.endswith("x...`; `100% of it counts`; help: `write 9s` |")
    assert len(row) < 600


LONG = FINDING.model_copy(
    update={"detail": "r" * 5000, "where": "w|" * 4000, "summary": "|`\n" * 4000}
)
NAMED = tuple(CHANGE.model_copy(update={"name": f"peer-{number}"}) for number in range(3000))
WIDE = CHANGE.model_copy(update={"properties": CHANGE.properties * 5000, "name": "n" * 9000})
ONE_OF_MANY = ProblemReport(
    id="E105",
    code="E105",
    severity="error",
    where="w" * 9000,
    summary="x" * 300,
    detail="r" * 300,
    help="wait for it",
    file="stacks/Pulumi.demo.yaml",
    line=1,
)
MANY_WORDS = ErrorReport(
    where="w" * 9000,
    summary="\n".join("x" * 300 for _ in range(400)),
    detail="one at a time",
    help="wait for it",
    exit_code=2,
    problems=(ONE_OF_MANY,) * 400,
)


@pytest.mark.parametrize("resources", [(), NAMED, (WIDE,) * 30])
@pytest.mark.parametrize("findings", [(), (FINDING,) * 3000, (LONG,) * 300])
@pytest.mark.parametrize("error", [None, MANY_WORDS])
def test_a_comment_is_short_enough_and_whole_however_much_there_is(resources, findings, error):
    shown = markdown(report(resources=resources, findings=findings, error=error))
    assert len(shown) <= MAX_CHARACTERS < 65_536
    lines = shown.splitlines()
    fences = [line for line in lines if line.startswith("```")]
    assert len(fences) == 2 * (bool(error) + bool(resources))
    assert shown.count("<details") == shown.count("</details>") == bool(resources)
    table = [line for line in lines if line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 and line.endswith("|") for line in table)
    assert len(table) > 1 or not findings
    if resources:
        assert any("BGPPeer" in line for line in lines)
    if error:
        assert "wait for it" in shown


def test_what_is_left_out_of_a_comment_is_counted():
    findings = (FINDING,) * 900 + (FINDING.model_copy(update={"severity": "error"}),) * 100
    shown = markdown(report(resources=NAMED, findings=findings))
    rows = shown.count("| P6 |")
    assert f"... and {1000 - rows} more: 100 errors and 900 warnings in all" in shown
    kept = re.findall(
        r"BGPPeer (peer-\d+)\n-     spec.holdTime: 3s\n\+     spec.holdTime: 9s", shown
    )
    assert kept == [f"peer-{number}" for number in range(len(kept))]
    assert f"... and {3000 - len(kept)} more: see the log" in shown
    assert "and 4950 more properties" in markdown(report(resources=(WIDE,)))
    assert re.search(r"and \d+ more: see the log", markdown(report(error=MANY_WORDS)))


def test_a_comment_is_found_again_by_its_first_line():
    first = markdown(report()).splitlines()[0]
    assert first == marker("preview", "demo") == "<!-- metallb preview demo -->"
    assert marker("preview", "a-->b\nc") == "<!-- metallb preview a--b c -->"


def test_a_failed_run_says_why_in_the_comment():
    failure = EngineError("a lock is held", code="E501", detail="One at a time.", help="wait")
    shown = markdown(report(result=Result.FAILED, error=ErrorReport.of(failure, "up demo")))
    assert "error[E501]: a lock is held" in shown
    assert "help: wait" in shown


def test_the_document_for_machines_is_camel_case_and_complete():
    document = json.loads(report().model_dump_json(by_alias=True))
    assert set(document) == {
        "format", "command", "stack", "result", "changes", "resources",
        "open", "wave", "outputs", "findings", "diagnostics", "impact", "error", "durationSeconds",
    }  # fmt: skip


def test_a_report_knows_whether_anything_changes():
    assert report().has_changes
    assert not report(resources=(), changes={"same": 51}).has_changes


def test_what_an_interrupt_ended_early_is_named_without_the_engines_words_about_it():
    failed = ResourceChange(
        kind="create", type="kubernetes:apps/v1:Deployment", name="controller", urn="u", failed=True
    )
    report = RunReport(
        command="up",
        stack="dc1",
        result=Result.CANCELLED,
        resources=(failed,),
        diagnostics=(Diagnostic(severity="error", message="context canceled"),),
        wave="wave 1 of 2: BGPPeer a; then BGPPeer b",
    )
    shown = text(report)
    assert "ended in wave 1 of 2: BGPPeer a; then BGPPeer b\n  help: run metallb up dc1" in shown
    assert "ended early: Deployment controller\n  help: run metallb up dc1, which goes on" in shown
    assert "context canceled" not in shown
    assert "context canceled" in text(report.model_copy(update={"result": Result.FAILED}))


def test_a_provider_is_called_so():
    assert short_type("pulumi:providers:kubernetes") == "Provider"


def test_details_have_the_values_of_what_is_created():
    metadata = {"name": "rack-b", "namespace": "metallb-system", "labels": {"app": "metallb"}}
    spec = {"myASN": 65000, "nodeSelectors": [{"matchLabels": {"rack": "b"}}]}
    values = {"kind": "BGPPeer", "metadata": metadata, "spec": spec}
    new = CHANGE.model_copy(update={"kind": "create", "properties": (), "values": values})
    shown = text(report(resources=(new,)), details=True)
    assert "+ BGPPeer routing-bgppeer-rack-a\n    metadata.labels: " in shown
    assert "    spec.myASN: 65000\n    spec.nodeSelectors: " in shown
    assert "metallb-system" not in shown
    assert "spec.myASN" not in text(report(resources=(new,)))
