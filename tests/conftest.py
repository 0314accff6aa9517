"""Which tests run side by side, where a run has several workers (`make test` has).

Tests that share something slow to make (a lab, a copy of the repository, a page's terminal) stay
together, in their order: a file is a group. The engine's tests have a project and a cloud each
and are dealt out one by one.
"""

import os
import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# Its clock runs on while another worker has the processor: an example of no length can take long.
settings.register_profile(
    "side by side", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("side by side")

ALONE = "tests/engine/"
"""Where every test makes what it needs."""
TOGETHER = {
    "tests/lab/": "the lab",
    "tests/frr_lab/": "the lab of the FRR modes",
    "tests/status_lab/": "the lab of status",
    "tests/wheel/": "the installed wheel",
    "tests/engine/test_main_job.py": "the engine's cluster",
    "tests/engine/test_on_a_cluster.py": "the engine's cluster",
    "tests/engine/test_release_of_a_chart.py": "the engine's cluster",
}
"""Files that share a lab, by the beginning of their path."""
LONGEST = (
    "tests/lab/",
    "tests/docs_engine/",
    "tests/engine/test_main_job.py",
    "tests/engine/test_on_a_cluster.py",
    "tests/engine/test_release_of_a_chart.py",
    "tests/runner/",
    "tests/changes/",
    "tests/docs/",
    "tests/docs_lab/",
    "tests/frr_lab/",
    "tests/status_lab/",
    "tests/frozen/",
)
"""Groups that take longest, by the beginning of their path: what begins last has to be short."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests were skipped, and why: what a machine lacks is easily overlooked."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    )
    terminalreporter.section(f"{reasons.total()} skipped")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count}: {reason}")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: most of a test's time is waiting for other programs."""
    return 0 if config.option.collectonly else len(os.sched_getaffinity(0)) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    # The order is that of the tests, and not by their number in a group.
    config.option.loadscopereorder = False
    return _Groups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest groups first and the engine's tests last, where workers share the tests."""
    if hasattr(config, "workerinput"):
        count = Counter(group_of(item.nodeid) for item in items)
        items.sort(key=lambda item: (_turn(item.nodeid), -count[group_of(item.nodeid)]))


def _as_of_all(nodeid: str) -> str:
    """The id without the folder of a platform, whose tests are ordered as those of everything."""
    return re.sub(r"^tests/platforms/[^/]+/", "tests/", nodeid)


def _turn(nodeid: str) -> int:
    nodeid = _as_of_all(nodeid)
    for turn, beginning in enumerate(LONGEST):
        if nodeid.startswith(beginning):
            return turn
    return len(LONGEST) + nodeid.startswith(ALONE)


def group_of(nodeid: str) -> str:
    """The group of a test: a worker runs it with the others of the group."""
    for beginning, group in TOGETHER.items():
        if _as_of_all(nodeid).startswith(beginning):
            return group
    return nodeid if _as_of_all(nodeid).startswith(ALONE) else nodeid.partition("::")[0]


class _Groups(LoadScopeScheduling):
    """Gives a worker one group after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
