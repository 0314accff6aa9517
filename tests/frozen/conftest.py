"""The states need an engine; the trees need none."""

from pathlib import Path

import pytest

from tests.support.engine import mark_engine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    states = [item for item in items if item.path == HERE / "test_states.py"]
    mark_engine(states, HERE)
