"""The lab's tool for snapshots shows a mistake in a stack file as the commands do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.platforms.equinix_metal import snapshot
from metallb.loading.stack import load_file
from metallb.problems.errors import MetalLBError
from metallb.problems.text import first_line
from tests.unit.stackfile.test_same_places import ALL, written

__all__ = ["written"]


@pytest.mark.parametrize("name", ALL)
def test_the_lab_shows_the_same(written: Callable[[str], Path], name: str) -> None:
    path = written(name)
    with pytest.raises(MetalLBError) as caught:
        load_file(path).config  # noqa: B018 - it raises
    with pytest.raises(MetalLBError) as of_lab:
        snapshot.main([str(path)])
    assert not isinstance(of_lab.value, LabError)
    assert [first_line(each) for each in of_lab.value.problems] == [
        first_line(each) for each in caught.value.problems
    ]
