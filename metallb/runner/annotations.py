"""The problems of a run for what shows them at lines of a file: GitHub's commands, and SARIF."""

from metallb.preflight import rules
from metallb.problems.documents import as_format
from metallb.runner.report import RunReport

__all__ = ["annotations"]


def annotations(report: RunReport, form: str) -> str:
    """What the preflight and the run found, each once.

    :param form: `github` or `sarif`.
    """
    found = [*report.findings, *(report.error.problems if report.error else ())]
    problems = {each.identity: each for each in (report.problem() for report in found)}
    return as_format(tuple(problems.values()), form, (each.described for each in rules()))
