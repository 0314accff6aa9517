"""What a person does after an update that failed, exactly as docs/recovery.md says."""

import re
from collections.abc import Callable

from tests.platforms.equinix_metal.updates.harness import Config, Outcome, Project

MOST_UPDATES = 4

_LINE = re.compile(r"nodes\[(\d+)\].*?write `bgpSessions: \{(\w+): ([0-9a-f-]+)\}`", re.DOTALL)
_LEFTOVER = re.compile(r"block ([0-9a-f-]{36}) ")


def adopt(messages: str, config: Config) -> bool:
    """Write into the stack file what a refusal says; whether there was one."""
    found = _LINE.findall(messages)
    for position, family, session in found:
        node = config["platform"]["nodes"][int(position)]
        node["bgpSessions"] = {**node.get("bgpSessions", {}), family: session}
    return bool(found)


def converge(project: Project) -> list[Outcome]:
    """Update until it succeeds, doing in between what the messages say."""
    outcomes = []
    for _ in range(MOST_UPDATES):
        outcome = project.try_up()
        outcomes.append(outcome)
        if not outcome.failed:
            return outcomes
        messages = outcome.messages
        project.change(lambda config, shown=messages: adopt(shown, config))
        if "metallb recover" in messages:
            several = "blocks were reserved as" in messages
            project.repair(release=tuple(project.blocks())[1:] if several else ())
    raise AssertionError(f"not converged after {MOST_UPDATES} updates: {outcomes[-1].messages}")


def refresh_without_loss(project: Project, disturb: Callable[[], None]) -> None:
    """Refresh once while a call is disturbed: nothing is forgotten, neither then nor afterwards.

    :param disturb: disturbs a call that the refresh has to make.
    """
    ids = {name: item.get("id") for name, item in project.state().items()}
    blocks, sessions = project.blocks(), project.sessions()
    disturb()
    project.try_refresh()
    assert project.cloud.faults() == [], "the refresh never made this call"
    assert {name: item.get("id") for name, item in project.state().items()} == ids
    converge(project)
    assert (project.blocks(), project.sessions()) == (blocks, sessions)
    assert project.up().nothing_changed


def release_leftovers(project: Project) -> list[str]:
    """Give back every block that `recover` tells of; the ids."""
    shown = [_LEFTOVER.search(line) for line in project.repair()]
    ids = [found[1] for found in shown if found]
    if ids:
        project.repair(release=tuple(ids))
    return ids


def assert_sound(project: Project) -> None:
    """State and provider agree, nothing is left over, and a further update has nothing to do."""
    state = project.state()
    blocks = {item["id"] for name, item in state.items() if name.endswith("-block")}
    sessions = {item["id"] for name, item in state.items() if name.startswith("bgp-sessions-")}
    assert blocks == set(project.blocks())
    assert sessions == set(project.sessions())
    assert len(sessions) == len(project.config["platform"]["nodes"])
    assert len(blocks) == 1
    assert project.pending() == []
    again = project.up()
    assert again.nothing_changed, again.changes


def lose_state(project: Project) -> None:
    """Take every resource out of the engine's state, as a lost backend does."""
    stack = project.stack.export_stack()
    for item in ("resources", "pending_operations"):
        stack.deployment.pop(item, None)
    project.stack.import_stack(stack)
