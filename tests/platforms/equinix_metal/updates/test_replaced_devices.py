"""A device or its session is replaced: what is reported, and what `up` and `recover` make of it."""

import json
from typing import Any

import pytest

from metallb.problems.errors import EngineError
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.elsewhere import replace_device
from tests.platforms.equinix_metal.updates.harness import PLATFORM, Config, Project, small
from tests.platforms.equinix_metal.updates.recovering import adopt, assert_sound

SESSION = "bgp-sessions-worker-1-ipv4"
REPLACED = {
    "create-replacement": {SESSION},
    "replace": {SESSION},
    "delete-replaced": {SESSION},
    "update": {"routing-bgppeer-worker-1"},
}
LINE = "metallb:platform.nodes[1].bgpSessions.ipv4"


def session_of(project: Project, hostname: str) -> str:
    (found,) = [key for key, host in project.sessions().items() if host == hostname]
    return found


def take_the_line_out(config: Config) -> None:
    config["platform"]["nodes"][1].pop("bgpSessions")


@pytest.fixture
def adopted(make: MakeProject) -> Project:
    """A stack whose second session was adopted by a line that is still there."""
    project = make(small())
    session = project.cloud.open_session("worker-1")
    project.change(
        lambda config: config["platform"]["nodes"][1].update(bgpSessions={"ipv4": session})
    )
    assert project.up().changes["import"] == {SESSION}
    assert project.cloud.calls()["GET /projects/{id}/bgp/sessions"] > 0
    project.cloud.reset_calls()
    assert project.up().nothing_changed
    # The state says everything: a line that stays costs no call.
    assert "GET /projects/{id}/bgp/sessions" not in project.cloud.calls()
    return project


def named_after_another(running: Project) -> str:
    """Have the second node be another device, and give that one's id."""
    other = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b02"
    running.change(lambda config: config["platform"]["nodes"][1].update(deviceId=other))
    return other


def test_a_device_of_the_same_name_gets_a_session_of_its_own(running: Project) -> None:
    new = replace_device(running, "worker-1")
    assert running.preview().changes == REPLACED
    assert running.up().changes == REPLACED
    assert running.state()[SESSION]["inputs"]["deviceId"] == new
    assert_sound(running)


def test_a_session_that_is_open_at_the_new_device_is_named_and_its_line_replaces_the_old_one(
    running: Project,
) -> None:
    replace_device(running, "worker-1")
    running.cloud.add_fault("lost_reply", method="POST", path="/devices/{id}/bgp/sessions")
    assert running.try_up().failed
    before = running.sessions()
    session = session_of(running, "worker-1")
    refused = running.preview()
    assert refused.failed
    assert "metallb:platform.nodes[1]" in refused.messages
    assert "node worker-1" in refused.messages
    assert f"bgpSessions: {{ipv4: {session}}}" in refused.messages
    assert "manageSessions" not in refused.messages
    assert "422" not in running.try_up().messages
    running.change(lambda config: adopt(refused.messages, config))
    assert running.up().changes == {
        "import-replacement": {SESSION},
        "replace": {SESSION},
        "delete-replaced": {SESSION},
    }
    assert running.sessions() == before
    assert_sound(running)
    running.change(take_the_line_out)
    assert_sound(running)


def test_a_line_that_stays_is_named_once_its_device_is_replaced(adopted: Project) -> None:
    replace_device(adopted, "worker-1")
    before = adopted.sessions()
    for refused in (adopted.preview(), adopted.try_up()):
        assert refused.failed
        assert LINE in refused.messages
        assert f"remove {LINE}" in refused.messages
        assert refused.changes == {}
    assert adopted.sessions() == before
    adopted.change(take_the_line_out)
    assert adopted.up().changes == REPLACED
    assert_sound(adopted)


def test_a_line_that_stays_is_named_once_its_session_is_closed(adopted: Project) -> None:
    adopted.cloud.close_session(session_of(adopted, "worker-1"))
    adopted.refresh(PLATFORM)
    for refused in (adopted.preview(), adopted.try_up()):
        assert refused.failed
        assert LINE in refused.messages
        assert f"remove {LINE}" in refused.messages
        assert "does not exist" not in refused.messages
        assert refused.changes == {}
    adopted.change(take_the_line_out)
    assert adopted.up().changes == {"create": {SESSION}}
    assert_sound(adopted)


def test_a_session_that_was_being_replaced_when_the_engine_died_is_taken_over(
    running: Project,
) -> None:
    new = replace_device(running, "worker-1")
    session = running.cloud.open_session("worker-1")
    being_replaced(running, new)
    shown = running.repair()
    assert f"imported {SESSION}: session {session}" in shown
    assert running.pending() == []
    assert running.state()[SESSION]["id"] == session
    assert running.up().changes == {"update": {"routing-bgppeer-worker-1"}}
    assert list(running.sessions()).count(session) == 1
    assert_sound(running)


def test_the_session_that_was_replaced_is_closed_where_its_device_is_still_there(
    running: Project,
) -> None:
    """The node names another device, and the engine ended after it opened that one's session."""
    other = named_after_another(running)
    session = running.cloud.open_session("worker-2")
    being_replaced(running, other)
    running.repair()
    running.up()
    assert sorted(running.sessions().values()) == ["worker-0", "worker-2"]
    assert session in running.sessions()
    assert_sound(running)


def test_what_was_under_way_stays_known_until_it_is_taken_over(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    being_replaced(running, running.state()[SESSION]["inputs"]["deviceId"], forgotten=True)
    real = running.engine

    def failing(args: list[str]) -> str:
        if args[0] == "import":
            raise EngineError("pulumi import failed")
        return real(args)

    monkeypatch.setattr(running, "engine", failing)
    with pytest.raises(EngineError, match="pulumi import"):
        running.repair()
    assert len(running.pending()) == 1
    monkeypatch.setattr(running, "engine", real)
    assert any(line.startswith(f"imported {SESSION}") for line in running.repair())
    assert running.pending() == []
    assert_sound(running)


def being_replaced(project: Project, device: str, *, forgotten: bool = False) -> None:
    """Write into the state what an engine leaves that dies between the opening and the reply.

    :param forgotten: the session was not replaced but opened, so the state has none.
    """
    (file,) = (project.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    document = json.loads(file.read_text())
    latest: dict[str, Any] = document["checkpoint"]["latest"]
    (old,) = [item for item in latest["resources"] if item["urn"].endswith(SESSION)]
    new = {key: value for key, value in old.items() if key not in ("id", "outputs")}
    new["inputs"] = {**old["inputs"], "deviceId": device}
    if forgotten:
        latest["resources"].remove(old)
    latest["pending_operations"] = [{"resource": new, "type": "creating"}]
    file.write_text(json.dumps(document))
    assert len(project.pending()) == 1


@pytest.mark.parametrize("adopting", [False, True], ids=["as-reported", "with-a-line-of-ones-own"])
def test_a_replacement_that_is_taken_back_keeps_the_session_that_could_not_be_closed(
    running: Project, adopting: bool
) -> None:
    session = session_of(running, "worker-1")
    own = str(running.state()[SESSION]["inputs"]["deviceId"])
    named_after_another(running)
    running.cloud.add_fault("status", method="DELETE", path="/bgp/sessions/{id}", status=503)
    assert running.try_up().failed
    assert sorted(running.sessions().values()) == ["worker-0", "worker-1", "worker-2"]

    running.change(lambda config: config["platform"]["nodes"][1].update(deviceId=own))
    if adopting:
        line = {"ipv4": session}
        running.change(lambda config: config["platform"]["nodes"][1].update(bgpSessions=line))
    refused = running.try_up()
    assert refused.failed
    assert "metallb recover demo" in refused.messages.replace("STACK", "demo")
    assert f"bgpSessions: {{ipv4: {session}}}" not in refused.messages
    assert running.repair() == (f"kept {SESSION}: session {session}, which waited for deletion",)
    running.up()
    assert sorted(running.sessions().values()) == ["worker-0", "worker-1"]
    assert session in running.sessions()
    assert_sound(running)


def test_a_replacement_that_stays_is_brought_to_its_end_by_the_next_update(
    running: Project,
) -> None:
    named_after_another(running)
    running.cloud.add_fault("status", method="DELETE", path="/bgp/sessions/{id}", status=503)
    assert running.try_up().failed
    assert running.repair() == ()
    running.up()
    assert sorted(running.sessions().values()) == ["worker-0", "worker-2"]
    assert_sound(running)
