"""What each change of a stack file does: exactly that, and never a block or session too many."""

from collections.abc import Callable

import pytest

from tests.engine.conftest import MakeProject
from tests.engine.harness import Config, Outcome, Project, changed, small

Template = Callable[..., Project]


def applied(project: Project, change: Callable[[Config], object]) -> Outcome:
    """Change the stack file, update, and look that a further update finds nothing to do."""
    project.change(change)
    return project.up()


def test_adding_a_node_opens_its_session_and_writes_its_peer(running: Project) -> None:
    outcome = applied(
        running, lambda config: config["platform"]["nodes"].append({"hostname": "worker-2"})
    )
    assert outcome.changes == {
        "create": {"bgp-sessions-worker-2-ipv4", "routing-bgppeer-worker-2"}
    }
    assert running.up().nothing_changed


def test_removing_a_node_closes_its_session_and_takes_its_peer_away(running: Project) -> None:
    before = running.sessions()
    outcome = applied(running, lambda config: config["platform"]["nodes"].pop(0))
    assert outcome.changes == {
        "delete": {"bgp-sessions-worker-0-ipv4", "routing-bgppeer-worker-0"}
    }
    kept = [key for key, host in before.items() if host == "worker-1"]
    assert list(running.sessions()) == kept


def test_the_order_of_the_nodes_means_nothing(running: Project) -> None:
    assert applied(running, lambda config: config["platform"]["nodes"].reverse()).nothing_changed


def test_growing_a_pool_reserves_a_block_beside_the_one_there_is(running: Project) -> None:
    before = running.blocks()

    def grow(config: Config) -> None:
        blocks = config["platform"]["elasticIps"]
        blocks["extra"] = dict(blocks["default"], quantity=2)
        config["addressPools"]["default"]["elasticIps"].append("extra")

    outcome = applied(running, grow)
    assert outcome.changes == {
        "create": {"elastic-ip-extra", "elastic-ip-extra-block"},
        "update": {"routing-ipaddresspool-default"},
    }
    assert before.items() < running.blocks().items()


def test_renaming_a_pool_writes_it_anew_and_keeps_its_block(running: Project) -> None:
    before = running.blocks()

    def rename(config: Config) -> None:
        config["addressPools"] = {"public": config["addressPools"]["default"]}

    outcome = applied(running, rename)
    assert outcome.changes == {
        "create": {"routing-ipaddresspool-public", "routing-bgpadvertisement-public"},
        "delete": {"routing-ipaddresspool-default", "routing-bgpadvertisement-default"},
    }
    assert running.blocks() == before


def test_another_hold_time_updates_the_peers_in_place(running: Project) -> None:
    outcome = applied(running, lambda config: config["bgp"].update(holdTime="9s"))
    assert outcome.changes == {"update": {"routing-bgppeer-worker-0", "routing-bgppeer-worker-1"}}


def test_tags_and_description_of_a_block_never_replace_it(running: Project) -> None:
    outcome = applied(
        running,
        lambda config: config["platform"]["elasticIps"]["default"].update(
            tags=["team-a"], description="web"
        ),
    )
    assert outcome.nothing_changed


@pytest.mark.parametrize("change", [{"quantity": 2}, {"metro": "sv"}, {"type": "global_ipv4"}])
def test_a_protected_block_that_would_be_replaced_is_refused_before_anything_changes(
    running: Project, change: Config
) -> None:
    # The state does not know it as protected yet: the stack file's word is enough.
    running.change(
        lambda config: config["platform"]["elasticIps"]["default"].update(protect=True, **change)
    )
    before = running.blocks()
    refused = running.preview()
    assert refused.failed
    key, value = next(iter(change.items()))
    assert f"metallb:platform.elasticIps.default: " in refused.messages  # noqa: F541
    assert f"seen: {key} {value}" in refused.messages or key == "type"
    assert "147.75.40.46/32 would be lost" in refused.messages
    assert "reserve another block under a new name" in refused.messages
    assert running.blocks() == before


PASSWORD = "Sesame0pen1"


def test_rotating_the_md5_password_updates_one_secret_that_the_state_keeps_encrypted(
    make: MakeProject, template: Template
) -> None:
    def old(config: Config) -> None:
        config["bgp"]["password"] = PASSWORD

    config = changed(small(), old)
    project = make(config, like=template("password", config))
    outcome = applied(project, lambda config: config["bgp"].update(password="Sesame0pen2"))
    assert outcome.changes == {"update": {"routing-secret-bgp-password"}}
    kept = [path for path in (project.folder / "state").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        if "history" not in path.parts:
            assert b"Sesame0pen" not in path.read_bytes(), path


def test_from_0_12_1_to_0_16_in_place_no_address_and_no_session_is_touched(
    make: MakeProject, template: Template
) -> None:
    def release(version: str) -> Callable[[Config], None]:
        def change(config: Config) -> None:
            config["install"] = {"version": version}

        return change

    old = changed(small(), release("0.12.1"))
    project = make(old, like=template("old", old))
    blocks, sessions = project.blocks(), project.sessions()
    outcome = applied(project, release("0.16.2"))
    assert project.blocks() == blocks
    assert project.sessions() == sessions
    assert set(outcome.changes) == {"create", "update", "delete"}
    assert outcome.changes["delete"] == {"routing-configmap-config"}
    assert {
        "routing-bgppeer-worker-0",
        "routing-bgppeer-worker-1",
        "routing-ipaddresspool-default",
        "routing-bgpadvertisement-default",
    } == {name for name in outcome.changes["create"] if name.startswith("routing-")}
    assert {
        "metallb-controller-deployment-controller",
        "metallb-speaker-daemonset-speaker",
    } <= outcome.changes["update"]
    assert not [
        name
        for names in outcome.changes.values()
        for name in names
        if name.startswith(("elastic-ip", "bgp-sessions"))
    ]
    assert project.up().nothing_changed
