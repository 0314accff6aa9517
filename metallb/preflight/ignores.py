"""Rules about ignored warnings themselves."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule, rule_by_id
from metallb.preflight.selecting import repeated
from metallb.problems.codes import CODES
from metallb.problems.escape import quoted
from metallb.problems.problem import Location

__all__: list[str] = []


@rule("G1", Severity.ERROR)
def known_ids(case: Case) -> Iterator[Hit]:
    """An ignored id is not that of a rule.

    Requirement: Every id below metallb:preflight.ignore is that of a rule.
    Why: an unknown id ignores nothing, and the reason beside it misleads the next reader.
    Help: write the id as `metallb check` prints it, or remove the entry.
    Source: docs/rules.md.
    """
    for index, ignored in enumerate(case.stack.preflight.ignore if case.stack else ()):
        if rule_by_id(ignored.id) is not None:
            continue
        help = ""
        meant = ignored.id.strip().upper()
        if rule_by_id(meant) is not None:
            help = f"write `id: {meant}`"
        elif meant in CODES:
            help = "remove the entry: this is the code of an error, which can't be ignored"
        yield Hit(_id_of(index), f"{quoted(ignored.id)} is not the id of a rule", help=help)


@rule("G2", Severity.ERROR)
def only_warnings(case: Case) -> Iterator[Hit]:
    """An ignored id is that of an error.

    Requirement: Only warnings are ignored.
    Why: an error fails in the cluster or does nothing there, whatever the reason beside its id.
    Help: correct what the rule finds, and remove the entry.
    Source: docs/rules.md.
    """
    for index, ignored in enumerate(case.stack.preflight.ignore if case.stack else ()):
        known = rule_by_id(ignored.id)
        if known is not None and known.severity is Severity.ERROR:
            yield Hit(
                _id_of(index),
                f"{ignored.id} is an error, which can't be ignored",
                help=f"correct what {ignored.id} finds, if anything, and remove the entry",
            )


@rule("G3", Severity.WARNING)
def ignored_once(case: Case) -> Iterator[Hit]:
    """A rule is ignored twice.

    Requirement: A rule is ignored by one entry.
    Why: with two entries it is not clear which reason holds.
    Help: remove one of the two entries.
    Source: the product's own rule.
    """
    ignored = case.stack.preflight.ignore if case.stack else ()
    for index, earlier in repeated(each.id for each in ignored):
        yield Hit(_id_of(index), f"{ignored[index].id} is ignored by entry [{earlier}] already")


def _id_of(index: int) -> Location:
    return "metallb:preflight", "ignore", index, "id"
