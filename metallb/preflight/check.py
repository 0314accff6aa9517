"""The ways in: a stack file, a stack file with answers, or a configuration of another origin."""

from collections.abc import Collection, Iterable

from metallb.platforms.facts import PlatformFacts
from metallb.preflight.case import Case, Foreign
from metallb.preflight.credentials import CLEAR_TEXT
from metallb.preflight.places import ManifestPlaces, Places, Positions
from metallb.preflight.registry import rules, run_rules
from metallb.preflight.stacks import stack_case
from metallb.problems.errors import PreflightError
from metallb.problems.problem import Location, Problem
from metallb.releases import DEFAULT_RELEASE, BgpMode, Release
from metallb.routing import RoutingConfig
from metallb.stackfile import StackConfig
from metallb.stackfile.clear_text import ClearText

__all__ = [
    "check_clear_texts",
    "check_facts",
    "check_routing",
    "check_stack",
    "refuse",
    "refuse_unusable",
]


def check_stack(
    stack: StackConfig, *, clear_texts: tuple[ClearText, ...] = ()
) -> tuple[Problem, ...]:
    """Every problem that the stack file alone shows, sorted as the file is.

    What needs a platform's facts (gateways, addresses) is left to `check_facts`. Warnings that
    the stack file silences are left out.

    :param clear_texts: credentials in clear text; the models hold decrypted ones alike.
    """
    return _presented(stack, run_rules(stack_case(stack, None, clear_texts)))


def check_clear_texts(
    clear_texts: tuple[ClearText, ...], *, silenced: Collection[str] = ()
) -> tuple[Problem, ...]:
    """All that can be checked where rules need encrypted values: the credentials in clear text."""
    if CLEAR_TEXT in silenced:
        return ()
    case = Case(
        routing=RoutingConfig(),
        release=DEFAULT_RELEASE,
        mode=BgpMode.NATIVE,
        clear_texts=clear_texts,
    )
    return run_rules(case, [each for each in rules() if each.id == CLEAR_TEXT])


def check_facts(
    stack: StackConfig, facts: PlatformFacts, *, known: Iterable[Problem] | None = None
) -> tuple[Problem, ...]:
    """What comes to light once the platform's facts are known, and only that.

    Runs every rule over the complete configuration and leaves out what `check_stack` has reported.

    :param known: what `check_stack` found, where the caller has it; found anew otherwise.
    """
    if not stack.platform.looks_up:
        return ()
    before = run_rules(stack_case(stack, None)) if known is None else known
    reported = {each.identity for each in before}
    found = run_rules(stack_case(stack, facts))
    fresh = (problem for problem in found if problem.identity not in reported)
    return _presented(stack, fresh)


def check_routing(
    routing: RoutingConfig,
    *,
    release: Release,
    mode: BgpMode,
    places: Places | None = None,
    foreign: Foreign | None = None,
    max_prefixes: int | None = None,
    ecmp_limit: int | None = None,
) -> tuple[Problem, ...]:
    """Everything about a configuration that no stack file made, in the order of its objects."""
    case = Case(
        routing=routing,
        release=release,
        mode=mode,
        foreign=foreign or Foreign(),
        max_prefixes=max_prefixes,
        ecmp_limit=ecmp_limit,
        places=places or ManifestPlaces(),
    )
    order = {item.origin: position for position, item in enumerate(routing.objects())}
    found = run_rules(case)
    return tuple(sorted(found, key=lambda problem: _object_position(order, problem.location)))


def refuse(problems: Iterable[Problem], source: str) -> None:
    """Stop where there is an error among the problems.

    :raises PreflightError: with one line for each error.
    """
    errors = [problem for problem in problems if problem.is_error]
    if not errors:
        return
    count = len(errors)
    raise PreflightError.of(errors, f"{count} error{'s' if count != 1 else ''} in {source}")


def refuse_unusable(stack: StackConfig, facts: PlatformFacts, source: str) -> None:
    """Stop where no peer can be made of a device, for commands that have no use for other problems.

    :raises PreflightError: with one line for each such node.
    """
    if not stack.platform.looks_up:
        return
    platform = stack.platform
    essential = [each for each in rules(type(platform)) if each.id in platform.essential_rules]
    refuse(_presented(stack, run_rules(stack_case(stack, facts), essential)), source)


def _presented(stack: StackConfig, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    silenced = {ignored.id for ignored in stack.preflight.ignore}
    shown = [problem for problem in problems if problem.is_error or problem.code not in silenced]
    if len(shown) < 2:
        return tuple(shown)
    dumped = stack.model_dump(by_alias=True, mode="json")
    document = {f"metallb:{key}": value for key, value in dumped.items()}
    positions = Positions(document)
    return tuple(sorted(shown, key=lambda problem: positions.of(problem.location)))


def _object_position(order: dict[Location, int], location: Location) -> int:
    starts = (location[:length] for length in range(len(location), 0, -1))
    return next((order[start] for start in starts if start in order), len(order))
