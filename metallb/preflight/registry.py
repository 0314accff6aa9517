"""The ordered registry of rules. A rule is a small pure function from a case to hits.

Its docstring is its documentation and its message: the first line says what is wrong where the rule
is broken, `Requirement:` what holds instead, `Why:` what breaking it does, `Help:` what to do,
`Source:` where that is known from.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple

from metallb.platforms.base import Platform
from metallb.platforms.registry import platforms
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit
from metallb.problems.codes import Code
from metallb.problems.escape import one_line
from metallb.problems.problem import Problem, Severity

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
    "capacity",
    "failures",
    "availability",
    "speakers",
    "workloads",
    "target",
    "credentials",
    "placeholders",
    "ignores",
)
"""Modules of this package that hold rules, in the order of docs/rules.md. Platforms have theirs."""

_PARTS = ("Requirement", "Why", "Help", "Source")

Check = Callable[[Case], Iterable[Hit]]


class Rule(NamedTuple):
    """One rule: how it checks, and the text of its problems.

    :ivar covers: ids of rules that find the same mistake in other words. At one place the problem
        of this rule stays.
    """

    id: str
    severity: Severity
    module: str
    fault: str
    requirement: str
    why: str
    help: str
    source: str
    check: Check
    covers: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        """Requirement, reason and source, as a message has them."""
        # In parentheses itself: what is in parentheses there comes behind a comma.
        source = re.sub(r" \(([^()]*)\)", r", \1", self.source.rstrip("."))
        return f"{self.requirement.rstrip('.')}: {self.why.rstrip('.')} ({source})"

    @property
    def described(self) -> Code:
        """What `--explain`, docs/rules.md and SARIF have of it."""
        return Code(
            id=self.id,
            fault=self.fault,
            requirement=self.requirement,
            help=self.help,
            source=self.source,
            why=self.why,
            severity=self.severity,
        )

    def problems(self, case: Case) -> Iterator[Problem]:
        """Every problem that this rule finds."""
        for hit in self.check(case):
            yield Problem(
                code=self.id,
                severity=self.severity,
                summary=one_line(hit.summary or _uncapitalized(self.fault)),
                location=hit.location,
                detail=one_line(hit.detail) or self.detail,
                help=(one_line(hit.help) or self.help).rstrip("."),
            )


_REGISTERED: dict[str, Rule] = {}


def rule(
    rule_id: str, severity: Severity, *, covers: tuple[str, ...] = ()
) -> Callable[[Check], Check]:
    """Register a function as a rule.

    :param covers: ids of rules whose problems at the same place say less than this rule's.
    :raises ValueError: the id is taken, or the docstring lacks a part.
    """

    def register(check: Check) -> Check:
        if rule_id in _REGISTERED:
            msg = f"rule {rule_id} exists already"
            raise ValueError(msg)
        fault, parts = _documentation(check)
        _REGISTERED[rule_id] = Rule(
            id=rule_id,
            severity=severity,
            module=check.__module__,
            fault=fault,
            requirement=parts["Requirement"],
            why=parts["Why"],
            help=parts["Help"],
            source=parts["Source"],
            check=check,
            covers=covers,
        )
        return check

    return register


@cache
def rules(platform: type[Platform] | None = None) -> tuple[Rule, ...]:
    """Every rule, by module and then in the order of its file.

    :param platform: the one whose rules there are; those of others are not imported then.
    """
    modules = [f"metallb.preflight.{family}" for family in FAMILIES]
    for each in platforms() if platform is None else (platform,):
        modules += each.rules
    for module in modules:
        import_module(module)
    order = {module: position for position, module in enumerate(modules)}
    found = [each for each in _REGISTERED.values() if each.module in order]
    return tuple(sorted(found, key=lambda each: order[each.module]))


def rule_by_id(rule_id: str) -> Rule | None:
    """The rule of this id."""
    if rule_id not in _REGISTERED:
        rules()
    return _REGISTERED.get(rule_id)


def run_rules(case: Case, of: Iterable[Rule] | None = None) -> tuple[Problem, ...]:
    """Every problem that the rules find, or some of them, each mistake once, unsorted."""
    found: dict[tuple[object, ...], Problem] = {}
    if of is None:
        of = rules(None if case.stack is None else type(case.stack.platform))
    for each in of:
        for problem in each.problems(case):
            found.setdefault(problem.identity, problem)
    covered = {
        (code, problem.location)
        for problem in found.values()
        for code in _REGISTERED[problem.code].covers
    }
    return tuple(each for each in found.values() if (each.code, each.location) not in covered)


def _uncapitalized(fault: str) -> str:
    """A rule's title as a summary; a name in capitals (BGP, MetalLB) stays."""
    first = fault.split(" ", 1)[0]
    return fault if first[1:] != first[1:].lower() else fault[:1].lower() + fault[1:]


def _documentation(check: Check) -> tuple[str, dict[str, str]]:
    text = inspect.cleandoc(check.__doc__ or "")
    fault, _, rest = text.partition("\n\n")
    fault = " ".join(fault.split())
    parts = dict.fromkeys(_PARTS, "")
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
    return fault.rstrip("."), parts
