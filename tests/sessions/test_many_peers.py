"""A thousand peers on the API server, beside kubectl with the same files in the same run."""

import pytest

from lab.scale import Scale, measure
from lab.site import Lab

pytestmark = pytest.mark.lab

NODES = 1000


def test_a_thousand_peers_land_as_they_do_by_kubectl(bench: Lab) -> None:
    scale: Scale = measure(bench, NODES, webhook=False, twice=False)
    assert scale.peers == NODES
    assert scale.same, "the two ways left different objects"
    # Both send one request an object; ours may cost more, never another order of magnitude.
    assert scale.apply < 5 * scale.kubectl + 10
