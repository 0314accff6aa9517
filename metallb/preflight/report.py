"""Findings as text, JSON, SARIF 2.1.0 (code scanning) or GitHub's workflow commands."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from metallb.config.paths import PROJECT_ROOT
from metallb.preflight.finding import Finding
from metallb.preflight.registry import rules

__all__ = ["FORM", "FORMATS", "report"]

FORM = "FORM"
"""Id of a mistake in the form of a file: a key or a value that the models refuse."""

FORMATS = ("text", "json", "sarif", "github")
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def report(findings: Sequence[Finding], form: str) -> str:
    """The findings in one of the formats; an empty text where there is nothing to say."""
    if form == "json":
        return json.dumps([_plain(finding) for finding in findings], indent=2)
    if form == "sarif":
        return json.dumps(_sarif(findings), indent=2)
    if form == "github":
        return "\n".join(_github(finding) for finding in findings)
    return "\n".join(finding.line() for finding in findings)


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.rule_id,
        "severity": str(finding.severity),
        "where": finding.where,
        "seen": finding.seen,
        "rule": finding.rule,
        "remedy": finding.remedy,
        "file": finding.file or None,
        "line": finding.file_line or None,
    }


def _github(finding: Finding) -> str:
    place = f"file={_property(_from_root(finding.file))}," if finding.file else ""
    if finding.file and finding.file_line:
        place += f"line={finding.file_line},"
    title = _property(f"MetalLB {finding.rule_id}")
    message = finding.mistake().line().replace("%", "%25")
    return f"::{finding.severity} {place}title={title}::{message}"


def _property(text: str) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(sign, code)
    return text


def _from_root(file: str) -> str:
    """The file as its repository calls it: a review shows findings at no other name."""
    path = Path(file).resolve()
    repository = next((parent for parent in path.parents if (parent / ".git").exists()), None)
    for root in (repository, PROJECT_ROOT, Path.cwd()):
        if root is not None and path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return file


def _uri(file: str) -> str:
    """The same as a reference in a document: relative, or whole with its scheme."""
    shown = _from_root(file)
    return Path(shown).as_uri() if Path(shown).is_absolute() else quote(shown)


def _sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    described = [
        {
            "id": each.id,
            "shortDescription": {"text": each.what},
            "fullDescription": {"text": each.why},
            "help": {"text": f"{each.remedy} Source: {each.source}"},
            "defaultConfiguration": {"level": str(each.severity)},
        }
        for each in rules()
    ]
    described.append(
        {
            "id": FORM,
            "shortDescription": {"text": "The file has the form that its format asks for."},
            "defaultConfiguration": {"level": "error"},
        }
    )
    driver = {"name": "metallb check", "rules": described}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(each) for each in findings]}],
    }


def _result(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.where}]}
    if finding.file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(finding.file)},
            "region": {"startLine": max(finding.file_line, 1)},
        }
    return {
        "ruleId": finding.rule_id,
        "level": str(finding.severity),
        "message": {"text": finding.mistake().line()},
        "locations": [location],
    }
