"""Components are made by programs that run to their end, and nowhere else."""

from collections.abc import Iterator

import pytest

from tests.support.recording import forbid_components_outside_run


@pytest.fixture(autouse=True)
def _inside_run() -> Iterator[None]:
    with forbid_components_outside_run():
        yield
