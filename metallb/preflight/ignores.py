"""Rules about silenced warnings themselves."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule, rule_by_id
from metallb.preflight.selecting import repeated

__all__: list[str] = []


@rule("G1", Severity.ERROR)
def known_ids(case: Case) -> Iterator[Hit]:
    """A silenced id is that of a rule.

    Why: an unknown id silences nothing, and the reason beside it tells the next reader something
    untrue.
    Remedy: use an id as `check` prints it, or remove the entry.
    Source: docs/rules.md.
    """
    for index, ignored in enumerate(case.stack.preflight.ignore if case.stack else ()):
        if rule_by_id(ignored.id) is None:
            yield Hit(f"metallb:preflight.ignore[{index}].id", repr(ignored.id))


@rule("G2", Severity.ERROR)
def only_warnings(case: Case) -> Iterator[Hit]:
    """A silenced id is that of a warning.

    Why: an error would fail in the cluster, or do nothing there, whatever is said about it.
    Remedy: correct what the rule finds, and remove the entry.
    Source: docs/rules.md.
    """
    for index, ignored in enumerate(case.stack.preflight.ignore if case.stack else ()):
        known = rule_by_id(ignored.id)
        if known is not None and known.severity is Severity.ERROR:
            yield Hit(f"metallb:preflight.ignore[{index}].id", f"{ignored.id}, an error")


@rule("G3", Severity.WARNING)
def silenced_once(case: Case) -> Iterator[Hit]:
    """An id is silenced once.

    Why: with two entries nobody knows which reason holds.
    Remedy: remove one of them.
    Source: the product's own rule.
    """
    ignored = case.stack.preflight.ignore if case.stack else ()
    for index, earlier in repeated(each.id for each in ignored):
        where = f"metallb:preflight.ignore[{index}].id"
        yield Hit(where, f"{ignored[index].id}, as entry [{earlier}]")
