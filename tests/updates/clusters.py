"""Clusters of the lab that updates change, and the sessions on them."""

from collections.abc import Iterator

import pytest

from lab import needs
from lab.guard import guarded
from lab.site import Lab
from lab.tour import Tour

__all__ = ["ROUTERS", "control_plane", "established"]

ROUTERS = ("tor1", "tor2")


def control_plane(name: str) -> Iterator[Lab]:
    """A control plane without nodes, in a lab of this name; a skip where this machine has none."""
    if lacks := needs.missing_plane():
        pytest.skip("no API server here, lacking " + "; ".join(lacks))
    # Without what a run that was cut off left of it.
    Lab(name).down()
    lab = Lab(name)
    with guarded(lab):
        lab.start_plane()
        yield lab


def established(tour: Tour) -> set[tuple[str, str]]:
    """The sessions that the routers themselves have."""
    fabric = tour.lab.fabric
    return {
        (router, host)
        for router in ROUTERS
        for host in fabric.hosts
        if fabric.established(router, host)
    }
