"""Where engine and plugins are, the pages' commands run; elsewhere it is said what is missing."""

from pathlib import Path

import pytest

from tests.engine.conftest import missing

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; skip them all where something is missing."""
    own = [item for item in items if HERE in item.path.parents]
    reason = missing() if own else None
    for item in own:
        item.add_marker(pytest.mark.engine)
        if reason:
            item.add_marker(pytest.mark.skip(reason=f"NOT run: {reason}"))
