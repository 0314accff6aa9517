"""Nodes and blocks that are called otherwise: their sessions and addresses stay what they are."""

from collections.abc import Callable

from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.elsewhere import rename_device
from tests.platforms.equinix_metal.updates.harness import PLATFORM, Config, Project, changed, small

W0 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
W1 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b01"
Template = Callable[..., Project]


def named(*nodes: Config) -> Callable[[Config], object]:
    """Other nodes in place of those that a stack file has."""

    def change(config: Config) -> None:
        config["platform"]["nodes"] = list(nodes)

    return change


def renamed_peer(old: str, new: str) -> dict[str, set[str]]:
    """What happens when a node's name changes: its peer leaves before the new one comes."""
    return {
        "delete-replaced": {f"routing-bgppeer-{old}"},
        "replace": {f"routing-bgppeer-{new}"},
        "create-replacement": {f"routing-bgppeer-{new}"},
    }


def settled(project: Project, sessions: dict[str, str]) -> None:
    """The provider's sessions are these, the state has them, and there is nothing left to do."""
    assert project.sessions() == sessions
    held = [item.get("id") for name, item in project.state().items() if "bgp-sessions-" in name]
    assert sorted(held) == sorted(sessions)
    assert project.refresh(PLATFORM).nothing_changed
    assert project.up().nothing_changed
    assert project.sessions() == sessions


def test_a_node_keeps_its_session_when_its_id_makes_way_for_its_host_name(
    make: MakeProject, template: Template
) -> None:
    by_id = changed(small(), named({"deviceId": W0}, {"hostname": "worker-1"}))
    project = make(by_id, like=template("by-id", by_id))
    sessions = project.sessions()
    project.change(named({"hostname": "worker-0"}, {"hostname": "worker-1"}))
    assert project.preview().changes == renamed_peer(W0, "worker-0")
    assert project.up().changes == renamed_peer(W0, "worker-0")
    settled(project, sessions)


def test_a_renamed_device_keeps_its_session_even_with_a_line_that_would_import_it(
    running: Project,
) -> None:
    sessions = running.sessions()
    (own,) = [key for key, host in sessions.items() if host == "worker-1"]
    rename_device(running, "worker-1", "edge-1")
    # What an earlier refusal may have left in the file: the session is ours all the same.
    running.change(
        named({"hostname": "worker-0"}, {"hostname": "edge-1", "bgpSessions": {"ipv4": own}})
    )
    assert running.up().changes == renamed_peer("worker-1", "edge-1")
    settled(running, {**sessions, own: "edge-1"})


def test_two_nodes_of_one_device_are_refused_and_neither_gets_the_others_session(
    running: Project,
) -> None:
    sessions = running.sessions()
    nodes = running.config["platform"]["nodes"]
    running.change(named(*nodes, {"deviceId": W1}))
    refused = running.try_up()
    assert refused.failed
    assert "metallb:platform.nodes[2]" in refused.messages
    assert "is in the state as bgp-sessions-worker-1-ipv4" in refused.messages
    assert "bgpSessions:" not in refused.messages
    running.change(named(*nodes))
    settled(running, sessions)


def test_nodes_that_changed_names_are_refused_until_the_state_is_renamed_as_well(
    make: MakeProject, template: Template
) -> None:
    first = {"hostname": "worker-0", "deviceId": W0}
    second = {"hostname": "worker-1", "deviceId": W1}
    config = changed(small(), named(first, second))
    project = make(config, like=template("both", config))
    sessions = project.sessions()
    project.change(named({**first, "hostname": "worker-1"}, {**second, "hostname": "worker-0"}))
    refused = project.try_up()
    assert refused.failed
    assert "pulumi state rename, bgp-sessions-worker-0-ipv4 to" in refused.messages
    assert project.sessions() == sessions
    # As the page says: through a third name.
    for old, new in (
        ("bgp-sessions-worker-0-ipv4", "aside"),
        ("bgp-sessions-worker-1-ipv4", "bgp-sessions-worker-0-ipv4"),
        ("aside", "bgp-sessions-worker-1-ipv4"),
    ):
        urn = project.state()[old]["urn"]
        project.engine(["state", "rename", urn, new, "--yes", "--stack", "demo"])
    outcome = project.up()
    assert outcome.changes == {"update": {"routing-bgppeer-worker-0", "routing-bgppeer-worker-1"}}
    settled(project, sessions)


def test_the_name_of_a_renamed_block_is_not_taken_for_the_block_it_once_was(
    running: Project,
) -> None:
    blocks = running.blocks()
    for name, item in running.state().items():
        if name.startswith("elastic-ip-default"):
            new = name.replace("default", "main")
            running.engine(["state", "rename", item["urn"], new, "--yes", "--stack", "demo"])

    def rename(config: Config) -> None:
        own = config["platform"]["elasticIps"]
        own["main"] = own.pop("default")
        config["addressPools"]["default"]["elasticIps"] = ["main"]

    def another(config: Config, name: str = "default") -> None:
        own = config["platform"]["elasticIps"]
        own[name] = dict(own["main"])
        config["addressPools"]["second"] = {"elasticIps": [name]}

    running.change(rename)
    running.up()
    renamed = running.config
    running.change(another)
    refused = running.try_up()
    assert refused.failed
    (block,) = blocks
    assert f"block {block}" in refused.messages
    assert "the state has it as elastic-ip-main-block" in refused.messages
    assert "a name that no block of this stack has had" in refused.messages
    assert running.repair() == (), "recover takes the block for a leftover"
    running.write(renamed)
    running.change(lambda config: another(config, "second"))
    assert running.up().changes["create"] >= {"elastic-ip-second-block"}
    # Back out of it, and the first one is still there.
    running.write(renamed)
    running.up()
    assert running.blocks() == blocks
