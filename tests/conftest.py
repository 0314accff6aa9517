"""Which tests run side by side, where a run has several workers (`make test` has).

Tests that share something slow to make (a lab, a copy of the repository, a page's terminal) stay
together, in their order: a file is a group. The engine's tests have a project and a cloud each
and are dealt out one by one.
"""

import gc
import os
import re
from collections import Counter
from collections.abc import Generator, Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# Its clock runs on while another worker has the processor: an example of no length can take long.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("side by side", _UNTIMED, max_examples=40)
settings.register_profile("thorough", _UNTIMED, max_examples=1000)
# Of a copy of the repository, whose own properties are tried elsewhere.
settings.register_profile("few", _UNTIMED, max_examples=8)
settings.load_profile("side by side")

pytest_plugins = ["tests.support.frr_site", "tests.support.running"]

ALONE = "tests/updates/"
"""Where every test makes what it needs."""
OF_PAGES = "tests/docs/engine/test_commands_on_the_engine.py"
"""Where each page has an engine and a lab of its own."""
FRR_MODES = "the lab of mode frr"
"""Mode frr-k8s has another."""
TOGETHER = {
    **dict.fromkeys(
        (
            "tests/installation/test_crds.py",
            "tests/installation/test_prometheus.py",
            "tests/installation/test_rbac.py",
            "tests/installation/test_webhook_gate.py",
            "tests/reliability/",
            "tests/sessions/test_bgp.py",
        ),
        "the running lab",
    ),
    "tests/installation/test_objects.py": "the bench",
    "tests/sessions/test_many_peers.py": "the bench",
    **dict.fromkeys(
        (
            "tests/sessions/test_frr_modes.py",
            "tests/sessions/test_redials.py",
            "tests/sessions/test_source_address.py",
            "tests/routers/test_frr_modes.py",
            "tests/updates/test_waves_frr.py",
        ),
        FRR_MODES,
    ),
    "tests/status/": "the lab of status",
    "tests/updates/test_successions.py": "the lab of heirs",
    "tests/updates/test_waves.py": "the lab of waves",
    **dict.fromkeys(
        (
            "tests/unit/files/test_bounded_files.py",
            "tests/unit/problems/test_codes.py",
            "tests/unit/problems/test_no_text_is_parsed.py",
            "tests/unit/repository/",
        ),
        "the syntax trees",
    ),
    "tests/wheel/": "the installed wheel",
    **dict.fromkeys(
        (
            "tests/updates/test_kill_in_a_cluster.py",
            "tests/updates/test_main_job.py",
            "tests/updates/test_release_of_a_chart.py",
        ),
        "the engine's cluster",
    ),
}
"""Files that share a lab, or what else is slow to make, by the beginning of their path."""
LONGEST = (
    "tests/sessions/test_redials.py",
    "tests/agreement/",
    "tests/docs/test_commands.py",
    "tests/forecast/",
    "tests/layer2/",
    "tests/changes/",
    "tests/reliability/",
    "tests/wheel/",
    "tests/updates/test_waves.py",
    "tests/docs/engine/",
    "tests/sessions/",
    "tests/installation/",
    "tests/updates/test_kill_in_a_cluster.py",
    "tests/updates/test_main_job.py",
    "tests/updates/test_release_of_a_chart.py",
    "tests/updates/test_successions.py",
    "tests/commands/",
    "tests/docs/",
    "tests/routers/",
    "tests/lab/",
    "tests/status/",
    "tests/frozen/",
)
"""Groups that take longest, by the beginning of their path: what begins last has to be short."""
WAITING = (
    "tests/agreement/",
    "tests/forecast/",
    "tests/layer2/",
    "tests/reliability/",
    "tests/routers/",
    "tests/sessions/",
    "tests/updates/test_waves.py",
)
"""Groups that wait for timers most of their time. One worker at least runs others meanwhile."""


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
    """Two more than there are processors: labs wait for timers, and other tests for processes."""
    return 0 if config.option.collectonly else len(os.sched_getaffinity(0)) + 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    # The order is that of the tests, and not by their number in a group.
    config.option.loadscopereorder = False
    return Groups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while nearly everything that is made stays to the end; later, rarely."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest groups first and the engine's tests last, where workers share the tests."""
    if hasattr(config, "workerinput"):
        count = Counter(group_of(item.nodeid) for item in items)
        items.sort(key=lambda item: (_turn(item.nodeid), -count[group_of(item.nodeid)]))


@cache
def as_of_all(nodeid: str) -> str:
    """The id without the folder of a platform, whose tests are ordered as those of everything."""
    return re.sub(r"^tests/platforms/[^/]+/", "tests/", nodeid)


def _turn(nodeid: str) -> int:
    nodeid = as_of_all(nodeid)
    for turn, beginning in enumerate(LONGEST):
        if nodeid.startswith(beginning):
            return turn
    return len(LONGEST) + nodeid.startswith(ALONE)


@cache
def group_of(nodeid: str) -> str:
    """The group of a test: a worker runs it with the others of the group."""
    for beginning, group in TOGETHER.items():
        if as_of_all(nodeid).startswith(beginning):
            return f"{group}-k8s" if group is FRR_MODES and "[frr-k8s" in nodeid else group
    file, _, test = nodeid.partition("::")
    if file == OF_PAGES and (page := re.search(r"\[(?:docs/)?([\w.-]+\.md)\b", test)):
        return f"{file} {page[1]}"
    return nodeid if as_of_all(nodeid).startswith(ALONE) else file


class Groups(LoadScopeScheduling):
    """Gives a worker one group after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _reschedule(self, node: WorkerController) -> None:
        # A worker begins its last test when it knows the next. More than that is left to others.
        if not self.workqueue or self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        others = [work for each, work in self.assigned_work.items() if each is not node]
        if sum(any(map(_waits, work.values())) for work in others) >= max(len(others), 1):
            busy = (group for group, tests in self.workqueue.items() if not _waits(tests))
            self.workqueue.move_to_end(next(busy, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)


def _waits(tests: Mapping[str, bool]) -> bool:
    """Whether a group is one that waits, and not done yet."""
    return any(not done and as_of_all(test).startswith(WAITING) for test, done in tests.items())
