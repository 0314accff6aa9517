"""Things that happen behind the stack's back: what is reported, and what makes it right."""

from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import PLATFORM, Project, small
from tests.platforms.equinix_metal.updates.recovering import adopt

METAL = {
    "elastic-ip-default-block",
    "bgp-sessions-worker-0-ipv4",
    "bgp-sessions-worker-1-ipv4",
}
"""What the small stack has at the provider."""


def test_a_device_with_another_private_address_gets_its_peer_updated(running: Project) -> None:
    running.cloud.move_private_address("worker-1", "10.64.54.9", "10.64.54.8")
    assert running.up().changes == {"update": {"routing-bgppeer-worker-1"}}
    text = next(
        path
        for path in running.rendered()
        if "bgppeer" in path.name.lower() and "worker-1" in path.name
    ).read_text()
    assert "peerAddress: 10.64.54.8" in text
    assert "sourceAddress: 10.64.54.9" in text


def test_a_session_of_another_owner_is_refused_with_the_line_that_adopts_it(
    make: MakeProject,
) -> None:
    project = make(small())
    session = project.cloud.open_session("worker-1")
    refused = project.preview()
    assert refused.failed
    assert "metallb:platform.nodes[1]" in refused.messages
    assert "node worker-1" in refused.messages
    assert f"bgpSessions: {{ipv4: {session}}}" in refused.messages
    assert "manageSessions" in refused.messages
    assert project.try_up().failed
    # Nothing was made before the refusal.
    assert project.blocks() == {}
    assert list(project.sessions()) == [session]
    project.change(lambda config: adopt(refused.messages, config))
    outcome = project.up()
    assert set(outcome.changes) == {"create", "import"}
    assert outcome.changes["import"] == {"bgp-sessions-worker-1-ipv4"}
    assert METAL & outcome.changes["create"] == {
        "bgp-sessions-worker-0-ipv4",
        "elastic-ip-default-block",
    }
    assert sorted(project.sessions().values()) == ["worker-0", "worker-1"]
    assert session in project.sessions()
    assert project.up().nothing_changed
    # Once it is in the state, the line has done its work.
    project.change(lambda config: config["platform"]["nodes"][1].pop("bgpSessions"))
    assert project.up().nothing_changed


def test_a_block_deleted_behind_our_back_is_found_by_refresh_and_reserved_anew(
    running: Project,
) -> None:
    running.cloud.remove_block(next(iter(running.blocks())))
    found = running.refresh(PLATFORM)
    assert found.counts["delete"] == 1
    assert set(found.counts) == {"delete", "same"}
    # The emulated cloud gives the same address again, so the pool stays as it is.
    assert running.up().changes == {"create": {"elastic-ip-default-block"}}
    assert list(running.blocks().values()) == ["147.75.40.46/32"]
    assert running.up().nothing_changed


def test_a_device_that_is_gone_is_named_and_its_node_can_be_taken_out(running: Project) -> None:
    running.cloud.remove_device("worker-1")
    refused = running.preview()
    assert refused.failed
    assert "device worker-1" in refused.messages
    assert "remove its node from metallb:platform.nodes" in refused.messages
    assert "Traceback" not in refused.messages
    running.change(lambda config: config["platform"]["nodes"].pop(1))
    outcome = running.up()
    assert outcome.changes == {"delete": {"bgp-sessions-worker-1-ipv4", "routing-bgppeer-worker-1"}}
    assert list(running.sessions().values()) == ["worker-0"]


def test_a_stack_whose_state_is_lost_gets_its_block_back_and_a_report_of_its_sessions(
    running: Project,
) -> None:
    blocks, sessions = running.blocks(), running.sessions()
    deployment = running.stack.export_stack()
    for item in list(deployment.deployment):
        if item in ("resources", "pending_operations"):
            del deployment.deployment[item]
    running.stack.import_stack(deployment)
    refused = running.try_up()
    assert refused.failed
    running.change(lambda config: adopt(refused.messages, config))
    outcome = running.up()
    assert set(outcome.changes) == {"create", "import"}
    assert outcome.changes["import"] == METAL
    assert running.blocks() == blocks
    assert running.sessions() == sessions


def test_a_reservation_that_waits_for_approval_ends_the_update_and_is_imported_once_approved(
    make: MakeProject,
) -> None:
    project = make(small())
    project.cloud.add_fault("pending", method="POST", path="/projects/{id}/ips")
    waiting = project.try_up()
    assert waiting.failed
    assert set(waiting.changes) == {"create"}
    made = waiting.changes["create"]
    # The engine stops at the block; whether it came to the sessions before is chance.
    assert "elastic-ip-default-block" in made
    assert "the provider has not approved its reservation" in waiting.messages
    objects = {"routing-ipaddresspool-default", "routing-bgpadvertisement-default"}
    objects |= {"routing-bgppeer-worker-0", "routing-bgppeer-worker-1"}
    assert not objects & made
    # A second update would replace it, being of another size in the state: refused.
    again = project.try_up()
    assert again.failed
    assert "metallb:platform.elasticIps.default" in again.messages
    assert "pulumi refresh --target '**ReservedIpBlock**'" in again.messages
    block = next(iter(project.blocks()))
    network = project.cloud.approve_block(block)
    project.refresh("**ReservedIpBlock**")
    outcome = project.up()
    assert set(outcome.changes) == {"create"}
    later = outcome.changes["create"]
    assert later >= objects
    assert not later & made
    assert later | made >= METAL
    assert project.blocks() == {block: network}
    assert project.up().nothing_changed
