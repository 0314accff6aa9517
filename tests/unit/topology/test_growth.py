"""A picture takes as many calls as its stack has parts, so that a large site is no wait.

Calls are counted rather than time taken: they are the same on every machine.
"""

import sys
from collections import Counter

import pytest

from metallb.topology import FORMATS
from tests.unit.topology.stacks import drawn, rack

SPINES = {f"spine-{number}": {"address": f"10.0.0.{number}"} for number in (1, 2)}


def _of_racks(form, size):
    drawn(form, *(rack(number, nodes=10) for number in range(1, size + 1)))


def _of_shared_routers(form, size):
    shared = {"routers": [], "sharedRouters": list(SPINES)}
    racks = [rack(number, nodes=10, **shared) for number in range(1, size + 1)]
    drawn(form, platform={"kind": "static", "racks": racks, "sharedRouters": SPINES})


def _of_one_rack(form, size):
    drawn(form, rack(1, nodes=10 * size))


def _calls(draw, form, size):
    counted = Counter()
    sys.setprofile(lambda frame, event, argument: counted.update((event,)))
    try:
        draw(form, size)
    finally:
        sys.setprofile(None)
    return counted["call"] + counted["c_call"]


def grows_evenly(draw, form):
    draw(form, 2)  # what is loaded and made once
    assert _calls(draw, form, 24) < 2.3 * _calls(draw, form, 12)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("draw", [_of_racks, _of_shared_routers, _of_one_rack])
def test_twice_the_stack_takes_twice_the_calls(draw, form):
    grows_evenly(draw, form)
