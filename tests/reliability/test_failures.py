"""What failures and changes cost, against the bound that was promised for each beforehand.

The same scenarios as `python -m lab reliability`, run once; each test reads the outcomes.
"""

import pytest

from lab.reliability.measure import Outcome
from lab.reliability.scenarios import run_all
from lab.reliability.table import page
from tests.support.running import Running

pytestmark = pytest.mark.lab

EVENTS = (
    "speaker killed",
    "speaker back",
    "link cut",
    "link mended",
    "node drained",
    "node filled again",
    "controller restarted",
    "router's BGP restarted",
    "pool widened",
    "pool moved",
    "node added by name",
    "node removed by name",
    "node added by label",
    "node removed by label",
)


@pytest.fixture(scope="module")
def outcomes(running: Running) -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in run_all(running.cluster, lambda _: None)}


@pytest.mark.parametrize("event", EVENTS)
def test_the_routes_are_right_again_within_the_bound(
    outcomes: dict[str, Outcome], event: str
) -> None:
    assert outcomes[event].seconds <= outcomes[event].bound


@pytest.mark.parametrize("event", EVENTS)
def test_the_load_was_heavy_enough_to_show_a_loss(outcomes: dict[str, Outcome], event: str) -> None:
    assert outcomes[event].sent > 200


@pytest.mark.parametrize("event", ["controller restarted", "pool widened"])
def test_what_moves_no_route_loses_nothing(outcomes: dict[str, Outcome], event: str) -> None:
    assert outcomes[event].lost == 0
    assert outcomes[event].broken == 0


def test_a_silent_failure_is_noticed_by_the_hold_timer_and_not_before(
    outcomes: dict[str, Outcome],
) -> None:
    """The last keepalive came up to a second before the cut, so two seconds is the least."""
    assert outcomes["link cut"].seconds > 1.5
    assert outcomes["link cut"].lost > 0


def test_a_moved_pool_takes_the_old_address_from_everybody(outcomes: dict[str, Outcome]) -> None:
    moved = outcomes["pool moved"]
    assert moved.broken == moved.connections


@pytest.mark.parametrize("event", [e for e in EVENTS if e != "pool moved"])
def test_most_requests_are_answered_whatever_happens(
    outcomes: dict[str, Outcome], event: str
) -> None:
    assert outcomes[event].lost < outcomes[event].sent / 4


def test_the_page_has_a_row_for_every_event(outcomes: dict[str, Outcome]) -> None:
    text = page(outcomes.values())
    for event in EVENTS:
        assert f"| {event} | {outcomes[event].seconds:.1f} s |" in text
