"""The ordered registry of rules. A rule is a small pure function from a case to hits.

Its docstring is its documentation and its message: the first line says what holds, `Why:` what
breaking it does, `Remedy:` what to do, `Source:` where that is known from.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from metallb.preflight.case import Case
from metallb.preflight.finding import Finding, Hit, Severity

__all__ = ["FAMILIES", "Rule", "rule", "rule_by_id", "rules", "run_rules"]

FAMILIES: tuple[str, ...] = (
    "peers",
    "sessions",
    "pools",
    "overlaps",
    "advertisements",
    "routes",
    "layer2",
    "families",
    "communities",
    "native",
    "frr",
    "bfd",
    "releases",
    "objects",
    "platform",
    "peering",
    "blocks",
    "capacity",
    "speakers",
    "workloads",
    "target",
    "credentials",
    "placeholders",
    "ignores",
)
"""Modules that hold rules, in the order of docs/rules.md."""

Check = Callable[[Case], Iterable[Hit]]


@dataclass(frozen=True)
class Rule:
    """One rule: how it checks, and what is said when it is broken."""

    id: str
    severity: Severity
    family: str
    what: str
    why: str
    remedy: str
    source: str
    check: Check

    def findings(self, case: Case) -> Iterator[Finding]:
        """Every finding of this rule."""
        for hit in self.check(case):
            yield Finding(
                rule_id=self.id,
                severity=self.severity,
                where=hit.where,
                seen=hit.seen,
                rule=hit.rule or f"{self.what.rstrip('.')}: {self.why.rstrip('.')}",
                remedy=hit.remedy or self.remedy,
            )


_REGISTERED: dict[str, Rule] = {}


def rule(rule_id: str, severity: Severity) -> Callable[[Check], Check]:
    """Register a function as a rule.

    :raises ValueError: the id is taken, or the docstring lacks a part.
    """

    def register(check: Check) -> Check:
        if rule_id in _REGISTERED:
            msg = f"rule {rule_id} exists already"
            raise ValueError(msg)
        what, parts = _documentation(check)
        _REGISTERED[rule_id] = Rule(
            id=rule_id,
            severity=severity,
            family=check.__module__.rsplit(".", 1)[-1],
            what=what,
            why=parts["Why"],
            remedy=parts["Remedy"],
            source=parts["Source"],
            check=check,
        )
        return check

    return register


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by family and then in the order of its file."""
    for family in FAMILIES:
        import_module(f"metallb.preflight.{family}")
    return tuple(sorted(_REGISTERED.values(), key=lambda each: FAMILIES.index(each.family)))


def rule_by_id(rule_id: str) -> Rule | None:
    """The rule of this id."""
    rules()
    return _REGISTERED.get(rule_id)


def run_rules(case: Case, of: Iterable[Rule] | None = None) -> tuple[Finding, ...]:
    """Every finding of every rule, or of some, each once, unsorted."""
    found: dict[tuple[str, str, str], Finding] = {}
    for each in rules() if of is None else of:
        for finding in each.findings(case):
            found.setdefault((finding.rule_id, finding.where, finding.seen), finding)
    return tuple(found.values())


def _documentation(check: Check) -> tuple[str, dict[str, str]]:
    text = inspect.cleandoc(check.__doc__ or "")
    what, _, rest = text.partition("\n\n")
    parts = {"Why": "", "Remedy": "", "Source": ""}
    key = ""
    for line in rest.splitlines():
        head, colon, tail = line.partition(":")
        if colon and head in parts:
            key, line = head, tail
        if key:
            parts[key] = f"{parts[key]} {line.strip()}".strip()
    if text and not all(parts.values()):
        msg = f"{check.__module__}.{getattr(check, '__name__', '?')}: lacks a part of its text"
        raise ValueError(msg)
    return " ".join(what.split()), parts
