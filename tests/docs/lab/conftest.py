"""One lab for all pages. Skips, saying what is missing, on a machine that can't run it."""

from collections.abc import Iterator

import pytest

from lab import needs
from lab.guard import guarded
from lab.site import Lab
from tests.docs.lab.site import Site
from tests.docs.sandbox import sandbox

NAME = "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if lacks := needs.missing():
        pytest.skip(f"NOT run, this machine has no lab; missing: {'; '.join(lacks)}")
    Lab(NAME).down()
    lab = Lab(NAME)
    with guarded(lab):
        made = Site(lab, sandbox(tmp_path_factory.mktemp("docs-lab")))
        try:
            yield made
        finally:
            made.close()
