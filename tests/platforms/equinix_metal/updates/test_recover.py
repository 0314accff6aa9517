"""`recover` beside updates that go on: it never undoes one, and takes none for dead."""

import threading

import pulumi.automation as auto
import pytest

from lab.spawn import wait_until
from metallb.problems.errors import EngineError
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import Config, Project, small
from tests.updates.test_recover import locks_of


def _grown(config: Config) -> None:
    config["platform"]["nodes"].append({"hostname": "worker-2"})
    blocks = config["platform"]["elasticIps"]
    blocks["second"] = dict(blocks["default"])
    config["addressPools"]["second"] = {"elasticIps": ["second"]}


def test_an_update_that_ends_while_the_stack_is_looked_at_is_not_undone(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.change(_grown)
    real, found = running.engine, []

    def engine(args: list[str]) -> str:
        answer = real(args)
        if args[:2] == ["stack", "export"] and not found:
            found.append(args)
            running.up()
        return answer

    monkeypatch.setattr(running, "engine", engine)
    # Nothing is reported: a block of the newer state would be called a leftover, to be released.
    assert running.repair() == ()
    assert found
    assert {"bgp-sessions-worker-2-ipv4", "elastic-ip-second-block"} <= set(running.state())
    assert running.up().nothing_changed


@pytest.mark.parametrize("anywhere", [False, True], ids=["files", "another-backend"])
def test_a_lock_is_respected_while_its_process_lives_and_removed_once_it_is_gone(
    make: MakeProject, anywhere: bool
) -> None:
    project = make(small(nodes=1))
    project.cloud.add_fault("delay", seconds=20, method="POST", path="/projects/{id}/ips")
    update = threading.Thread(target=project.try_up)
    update.start()
    try:
        wait_until("the update's block", project.blocks)
        with pytest.raises(EngineError, match="is in use"):
            project.repair(anywhere=anywhere)
    finally:
        project.cli.kill(everything=True)
        update.join(timeout=120)
    shown = project.repair(anywhere=anywhere)
    assert "removed the lock of an update whose process is gone" in shown
    assert list(locks_of(project).glob("*.json")) == []
    assert not project.try_up().failed


def test_where_the_lock_can_only_be_taken_the_state_stays_what_it_is(running: Project) -> None:
    running.cloud.reset_calls()
    before = running.state()
    assert running.repair(anywhere=True) == ()
    after = running.state()
    assert {name: item.get("id") for name, item in after.items()} == {
        name: item.get("id") for name, item in before.items()
    }
    assert running.cloud.calls() == {"GET /projects/{id}/ips": 1}
    assert running.up().nothing_changed


def test_a_token_that_only_the_encrypted_config_has_is_found_there(running: Project) -> None:
    token = running.env.pop("METAL_AUTH_TOKEN")
    running.stack.set_config("equinix-metal:authToken", auto.ConfigValue(token, secret=True))
    assert "secure:" in running.stack_file.read_text()
    done = running.command("recover", str(running.stack_file))
    assert (done.returncode, done.stdout) == (0, "nothing to repair\n"), done.stderr
    # A user who can't decrypt it gets to know that, and not to put a token where one is.
    running.env["PULUMI_CONFIG_PASSPHRASE"] = "another"
    failed = running.command("recover", str(running.stack_file))
    assert failed.returncode == 1
    assert "passphrase" in failed.stderr
    assert token not in failed.stdout + failed.stderr
    # The environment's serves as well.
    running.env["METAL_AUTH_TOKEN"] = token
    done = running.command("recover", str(running.stack_file))
    assert (done.returncode, done.stdout) == (0, "nothing to repair\n"), done.stderr


def test_a_session_whose_node_has_left_the_stack_file_is_listed_and_can_be_closed(
    make: MakeProject,
) -> None:
    project = make(small(nodes=1))
    project.up()
    own = set(project.sessions())
    project.change(lambda config: config["platform"]["nodes"].append({"hostname": "worker-1"}))
    project.cloud.add_fault("lost_reply", method="POST", path="/devices/{id}/bgp/sessions")
    assert project.try_up().failed
    (lost,) = set(project.sessions()) - own
    project.change(lambda config: config["platform"]["nodes"].pop())
    project.up()
    done = project.command("recover", str(project.stack_file))
    assert done.returncode == 0, done.stderr
    hint, verdict = done.stdout.splitlines()
    assert f"{lost} (worker-1)" in hint
    assert not any(session in hint for session in own)
    assert verdict == "nothing to repair"
    # One of the two ways that it names.
    node = {"hostname": "worker-1", "bgpSessions": {"ipv4": lost}}
    project.change(lambda config: config["platform"]["nodes"].append(node))
    project.up()
    project.change(lambda config: config["platform"]["nodes"].pop())
    project.up()
    assert set(project.sessions()) == own
    done = project.command("recover", str(project.stack_file))
    assert done.stdout == "nothing to repair\n", done.stderr
