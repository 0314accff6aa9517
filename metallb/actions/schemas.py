"""JSON Schemas of the documents that commands print, which docs/schemas has as well."""

import json
from typing import Any

from pydantic import BaseModel

from metallb.actions.impact import ImpactDocument
from metallb.actions.rendered import DifferencesDocument
from metallb.actions.whatif import FailuresDocument
from metallb.problems.error_report import ProblemReport
from metallb.runner.report import RunReport
from metallb.status.model import Status

__all__ = ["SCHEMAS"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}


def _run() -> str:
    """Of preview, up, refresh, destroy and outputs."""
    return _text(_of(RunReport), "A run: `metallb preview STACK --format json`")


def _status() -> str:
    """Of status."""
    return _text(_of(Status), "A look at a cluster: `metallb status STACK --format json`")


def _impact() -> str:
    """Of impact."""
    return _text(_of(ImpactDocument), "What a change does: `metallb impact STACK --format json`")


def _failures() -> str:
    """Of whatif."""
    return _text(_of(FailuresDocument), "What failures do: `metallb whatif STACK --format json`")


def _differences() -> str:
    """Of render --check and --diff-cluster."""
    title = "How files differ: `metallb render STACK -o DIR --check --format json`"
    return _text(_of(DifferencesDocument), title)


def _problems() -> str:
    """Of check and routers --check. A list has no place for a version: the schema's name has it."""
    item = _of(ProblemReport)
    for name in ("file", "line", "column"):
        # In this document what is not known is null.
        known = item["properties"].pop(name)
        text = known.pop("description")
        kinds = {"type": [known.pop("type"), "null"]}
        item["properties"][name] = {**kinds, "description": text.replace("0 where", "null where")}
    schema = {"type": "array", "items": item}
    return _text(schema, "What was found: `metallb check STACK --format json`, version 1")


def _plan() -> str:
    """Of plan."""
    planned = _object(
        apiVersion=_TEXT,
        kind=_TEXT,
        name=_TEXT,
        namespace={"type": ["string", "null"]},
        needs={"type": "array", "items": _TEXT},
    )
    phase = _object(name=_TEXT, objects={"type": "array", "items": planned})
    chart = _object(name=_TEXT, chart=_TEXT, version=_TEXT)
    schema = _object(
        version={"const": 1},
        phases={"type": "array", "items": phase},
        chart={"anyOf": [chart, {"type": "null"}]},
    )
    return _text(schema, "Objects by phases: `metallb plan STACK --format json`")


def _of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True, mode="serialization")


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(schema: dict[str, Any], title: str) -> str:
    document = {"$schema": _DRAFT, **schema, "title": title}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


SCHEMAS = {
    "run": _run,
    "status": _status,
    "plan": _plan,
    "impact": _impact,
    "failures": _failures,
    "differences": _differences,
    "problems": _problems,
}
"""What makes the schema of each document, as text."""
