"""A picture of nodes with routers of their own takes as many calls as its stack has parts."""

import pytest

from metallb.topology import FORMATS
from tests.platforms.equinix_metal.unit.topology.stacks import metal
from tests.unit.topology.test_growth import grows_evenly


def _of_own_routers(form, size):
    FORMATS[form](metal(10 * size, answered=True))


@pytest.mark.parametrize("form", FORMATS)
def test_twice_the_stack_takes_twice_the_calls(form):
    grows_evenly(_of_own_routers, form)
