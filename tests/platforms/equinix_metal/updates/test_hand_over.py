"""Sessions change hands: from this stack to another owner, and back. None is closed by it."""

from tests.platforms.equinix_metal.updates.harness import PLATFORM, Config, Project


def hand_over(config: Config) -> None:
    config["platform"]["manageSessions"] = False


def take_back(config: Config) -> None:
    del config["platform"]["manageSessions"]


def test_sessions_that_are_no_longer_managed_stay_open(running: Project) -> None:
    sessions = running.sessions()
    running.change(hand_over)
    assert running.preview().nothing_changed
    assert running.up().nothing_changed
    assert running.refresh(PLATFORM).nothing_changed
    # A node that leaves takes its peer along, and not the session that is no longer ours.
    running.change(lambda config: config["platform"]["nodes"].pop(1))
    assert running.up().changes == {"delete": {"routing-bgppeer-worker-1"}}
    assert running.sessions() == sessions
    running.destroy()
    assert running.state() == {}
    assert running.sessions() == sessions


def test_sessions_that_their_new_owner_closes_leave_the_state_by_a_refresh(
    running: Project,
) -> None:
    running.change(hand_over)
    running.up()
    for session in running.sessions():
        running.cloud.close_session(session)
    running.cloud.open_session("worker-0")
    theirs = running.sessions()
    assert running.refresh(PLATFORM).counts["delete"] == 2
    assert running.up().changes == {"delete": {"bgp-sessions"}}
    assert running.sessions() == theirs


def test_sessions_that_are_managed_again_are_closed_with_their_nodes(running: Project) -> None:
    sessions = running.sessions()
    running.change(hand_over)
    running.up()
    running.change(take_back)
    assert running.up().nothing_changed
    running.change(lambda config: config["platform"]["nodes"].pop(1))
    running.up()
    assert list(running.sessions().values()) == ["worker-0"]
    assert running.sessions().items() <= sessions.items()


def test_a_stack_with_sessions_of_its_own_is_not_advised_to_hand_them_over(
    running: Project,
) -> None:
    session = running.cloud.open_session("worker-2")
    running.change(lambda config: config["platform"]["nodes"].append({"hostname": "worker-2"}))
    refused = running.preview()
    assert refused.failed
    assert f"bgpSessions: {{ipv4: {session}}}" in refused.messages
    assert "manageSessions" not in refused.messages
