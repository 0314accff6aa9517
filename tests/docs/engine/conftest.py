"""Where engine and plugins are, the pages' commands run; elsewhere they are skipped."""

from pathlib import Path

import pytest

from tests.support.engine import mark_engine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_engine(items, HERE)
