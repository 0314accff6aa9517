"""Problems as programs read them: JSON, SARIF, GitHub's annotations, Markdown, run reports."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.preflight import rules
from metallb.problems.codes import CODES
from metallb.problems.documents import FORMATS, as_format, plain
from metallb.problems.error_report import ErrorReport, ProblemReport
from metallb.problems.errors import ConfigError, MetalLBError, PlatformError
from metallb.problems.problem import Position, Problem, Severity
from metallb.problems.text import problems_text
from metallb.runner.markdown import markdown
from metallb.runner.report import Result, RunReport
from metallb.runner.text import text
from tests.unit.problems.samples import (
    DETAIL,
    ESCAPED,
    FOREIGN,
    HELP,
    HOLD_TIME,
    foreign,
    problem,
    shows_no_control,
)

RULES = [each.described for each in rules()]


def sarif(*problems: Problem) -> Any:
    (run,) = json.loads(as_format(problems, "sarif", RULES))["runs"]
    return run


def github(*problems: Problem) -> list[str]:
    return as_format(problems, "github", RULES).splitlines()


# --- JSON -------------------------------------------------------------------------------------


def test_json_has_the_names_of_the_first_version_and_the_new_ones() -> None:
    (found,) = json.loads(as_format([problem()], "json", RULES))
    assert found == {
        "id": "P6",
        "code": "P6",
        "severity": "error",
        "where": "metallb:bgp.holdTime",
        "location": ["metallb:bgp", "holdTime"],
        "seen": "hold time 2s is too short",
        "rule": DETAIL,
        "remedy": HELP,
        "file": "Pulumi.dc1.yaml",
        "line": 14,
        "column": 15,
    }


@pytest.mark.parametrize(
    ("position", "place"),
    [
        (None, (None, None, None)),
        (Position("a.yaml"), ("a.yaml", None, None)),
        (Position("a.yaml", 3), ("a.yaml", 3, None)),
    ],
)
def test_what_is_not_known_of_a_position_is_null(position: Position | None, place: Any) -> None:
    found = plain(problem(position=position))
    assert (found["file"], found["line"], found["column"]) == place


@pytest.mark.parametrize("code", list(CODES))
def test_what_is_no_rule_has_the_id_FORM_and_its_own_code(code: str) -> None:
    found = plain(problem(code=code))
    assert (found["id"], found["code"]) == ("FORM", code)


def test_the_id_of_a_rule_is_its_code() -> None:
    assert [plain(problem(code=each.id))["id"] for each in RULES] == [each.id for each in RULES]


def test_a_position_in_a_list_is_a_number() -> None:
    assert plain(problem(location=("metallb:platform", "racks", 0)))["location"] == [
        "metallb:platform",
        "racks",
        0,
    ]


def test_documents_without_a_problem_are_documents() -> None:
    assert json.loads(as_format([], "json", RULES)) == []
    assert sarif()["results"] == []
    assert as_format([], "github", RULES) == ""
    assert as_format([], "text", RULES) == ""


# --- SARIF ------------------------------------------------------------------------------------


def test_sarif_has_file_line_and_column() -> None:
    (result,) = sarif(problem())["results"]
    assert (result["ruleId"], result["level"]) == ("P6", "error")
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 14, "startColumn": 15}
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "Pulumi.dc1.yaml"}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "metallb:bgp.holdTime"}]
    message = result["message"]["text"]
    assert message.startswith("hold time 2s is too short (metallb:bgp.holdTime). ")
    assert DETAIL in message
    assert message.endswith(f"help: {HELP}")


def test_sarif_leaves_out_what_is_not_known() -> None:
    (result,) = sarif(problem(position=Position("a.yaml", 3)))["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    (result,) = sarif(problem(position=None))["results"]
    assert set(result["locations"][0]) == {"logicalLocations"}
    (result,) = sarif(problem(position=None, location=()))["results"]
    assert result["locations"] == []
    (result,) = sarif(problem(position=Position("a.yaml"), location=()))["results"]
    # A region needs a line; the first one stands for the whole file.
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_sarif_describes_every_rule_and_every_error() -> None:
    described = {each["id"]: each for each in sarif()["tool"]["driver"]["rules"]}
    assert list(described) == [*(each.id for each in RULES), *CODES]
    for each in (*RULES, *CODES.values()):
        found = described[each.id]
        assert found["shortDescription"]["text"] == f"{each.fault.rstrip('.')}."
        assert found["fullDescription"]["text"].startswith(each.requirement.rstrip("."))
        assert each.help in found["help"]["text"]
        assert each.source in found["help"]["text"]
        assert found["defaultConfiguration"]["level"] in ("error", "warning")


@pytest.mark.parametrize("code", ["P6", *CODES])
def test_sarif_names_a_problem_by_its_code(code: str) -> None:
    run = sarif(problem(code=code))
    assert [each["ruleId"] for each in run["results"]] == [code]
    assert code in [each["id"] for each in run["tool"]["driver"]["rules"]]
    (found,) = json.loads(as_format([problem(code=code)], "json", RULES))
    assert (found["id"], found["code"]) == ("FORM" if code in CODES else code, code)


@pytest.mark.parametrize("name", ["site one.yaml", "Zürich.yaml", "a%b.yaml", "a\udcff.yaml"])
def test_a_file_is_a_reference_of_plain_characters(name: str) -> None:
    (result,) = sarif(problem(position=Position(name, 1)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert " " not in uri


# --- GitHub -----------------------------------------------------------------------------------


def test_github_has_file_line_and_column() -> None:
    assert github(problem()) == [
        "::error file=Pulumi.dc1.yaml,line=14,col=15,title=MetalLB P6::hold time 2s is too short "
        f"(metallb:bgp.holdTime). {DETAIL}. help: {HELP}"
    ]


def test_github_leaves_out_what_is_not_known() -> None:
    warning = Severity.WARNING
    assert github(problem(position=None, severity=warning))[0].startswith(
        "::warning title=MetalLB P6::hold time"
    )
    assert github(problem(position=Position("a.yaml")))[0].startswith("::error file=a.yaml,title=")
    assert github(problem(position=Position("a.yaml", 3)))[0].startswith(
        "::error file=a.yaml,line=3,title="
    )


def test_what_means_something_in_a_workflow_command_is_encoded() -> None:
    (line,) = github(problem(summary="100% wrong\n::set-env", position=Position("a:b,c.yaml", 1)))
    assert line.startswith("::error file=a%3Ab%2Cc.yaml,line=1,")
    assert "100%25 wrong ::set-env" in line


@pytest.mark.parametrize("name", ["x" * 300, f"{'x' * 300}/y.yaml", "a\0b.yaml"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_name_that_no_file_can_have_is_shown_all_the_same(name: str, form: str) -> None:
    assert as_format([problem(position=Position(name, 1))], form, RULES)


# --- foreign text -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_lets_control_characters_through(form: str) -> None:
    shown = as_format([foreign()], form, RULES)
    assert shows_no_control(shown)
    if form in ("json", "sarif"):
        (document,) = (
            json.loads(shown) if form == "json" else json.loads(shown)["runs"][0]["results"]
        )
        assert all(shows_no_control(each) for each in _texts(document)), "once read, too"
    else:
        assert ESCAPED.replace("%", "%25") in shown


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [each for item in value.items() for each in _texts(list(item))]
    if isinstance(value, list):
        return [each for item in value for each in _texts(item)]
    return [value] if isinstance(value, str) else []


def reports() -> list[RunReport]:
    """Runs that found foreign text, and that failed of it."""
    error = ConfigError.of([foreign()], "1 mistake")
    alone = PlatformError(f"device {FOREIGN} is gone", code="E302", help=f"remove {FOREIGN}")
    found = (ProblemReport.of(foreign()),)
    return [
        RunReport(command="preview", stack="demo", findings=found),
        *(
            RunReport(
                command="up", stack="demo", result=Result.FAILED, error=ErrorReport.of(each, "up")
            )
            for each in (error, alone, ConfigError.of([foreign()] * 2, "2 mistakes"))
        ),
    ]


@pytest.mark.parametrize("report", reports())
def test_no_report_of_a_run_lets_them_through(report: RunReport) -> None:
    assert shows_no_control(markdown(report))
    assert shows_no_control(text(report))
    document = report.model_dump_json(by_alias=True, indent=2)
    assert shows_no_control(document)
    assert ESCAPED in markdown(report)
    assert all(shows_no_control(each) for each in _texts(json.loads(document)))


# --- reports ----------------------------------------------------------------------------------


def test_a_problem_comes_back_from_its_report() -> None:
    for each in (
        problem(),
        problem(position=None),
        problem(position=Position("a.yaml", 3)),
        problem(code="E102", location=("metallb:platform", "racks", 0)),
    ):
        assert ProblemReport.of(each).problem() == each


def test_the_report_of_one_problem_is_that_problem() -> None:
    found = ErrorReport.of(ConfigError.of([problem()], "1 error in x"), "check x")
    assert (found.where, found.summary) == ("metallb:bgp.holdTime", "hold time 2s is too short")
    assert (found.detail, found.help, found.exit_code) == (DETAIL, HELP, 2)
    assert [each.problem() for each in found.problems] == [problem()]


def test_the_report_of_several_problems_has_a_line_for_each() -> None:
    other = problem(code="P8", location=("metallb:bgp",), position=None)
    found = ErrorReport.of(ConfigError.of([problem(), other], "2 errors in x"), "check x")
    assert found.where == "check x"
    assert found.summary.splitlines() == [
        "Pulumi.dc1.yaml:14:15: error[P6]: hold time 2s is too short (metallb:bgp.holdTime)",
        "error[P8]: hold time 2s is too short (metallb:bgp)",
    ]
    assert [each.code for each in found.problems] == ["P6", "P8"]


def test_an_exception_of_another_library_shows_its_type_alone() -> None:
    found = ErrorReport.of_any("up demo", ZeroDivisionError("hunter2"))
    assert "hunter2" not in found.model_dump_json()
    assert [each.code for each in found.problems] == ["E900"]
    assert found.where == "up demo"


def test_an_error_is_printed_as_its_problems() -> None:
    error = MetalLBError("no answer", code="E304", location=HOLD_TIME, detail=DETAIL, help=HELP)
    assert str(error) == problems_text(error.problems)
    several = ConfigError.of([problem(), problem(code="P8")], "2 errors")
    assert str(several) == problems_text([problem(), problem(code="P8")])
    assert several.problem.summary == "2 errors"


def test_a_name_in_a_repository_is_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path / "stacks")
    (line,) = github(problem(position=Position("Pulumi.dc1.yaml", 1)))
    assert line.startswith("::error file=stacks/Pulumi.dc1.yaml,")
