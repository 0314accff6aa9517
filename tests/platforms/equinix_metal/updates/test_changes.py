"""What each change of a stack file does: exactly that, and never a block or session too many."""

from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi.automation as auto
import pytest

from metallb.components import BgpPeers, ElasticIpBlock
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import (
    PROJECT_ID,
    Config,
    Outcome,
    Project,
    by_facility,
    changed,
    small,
)
from tests.support.engine import engine
from tests.updates.cli import Cli

Template = Callable[..., Project]


def applied(project: Project, change: Callable[[Config], object]) -> Outcome:
    """Change the stack file, update, and look that a further update finds nothing to do."""
    project.change(change)
    return project.up()


def test_adding_a_node_opens_its_session_and_writes_its_peer(running: Project) -> None:
    outcome = applied(
        running, lambda config: config["platform"]["nodes"].append({"hostname": "worker-2"})
    )
    assert outcome.changes == {"create": {"bgp-sessions-worker-2-ipv4", "routing-bgppeer-worker-2"}}
    assert running.up().nothing_changed


def test_removing_a_node_closes_its_session_and_takes_its_peer_away(running: Project) -> None:
    before = running.sessions()
    outcome = applied(running, lambda config: config["platform"]["nodes"].pop(0))
    assert outcome.changes == {"delete": {"bgp-sessions-worker-0-ipv4", "routing-bgppeer-worker-0"}}
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


def test_a_block_renamed_in_the_file_and_in_the_state_keeps_its_addresses(
    running: Project,
) -> None:
    before = running.blocks()
    for name, item in running.state().items():
        if name.startswith("elastic-ip-default"):
            new = name.replace("default", "web")
            running.engine(["state", "rename", item["urn"], new, "--yes", "--stack", "demo"])

    def rename(config: Config) -> None:
        blocks = config["platform"]["elasticIps"]
        blocks["web"] = blocks.pop("default")
        config["addressPools"]["default"]["elasticIps"] = ["web"]

    assert applied(running, rename).nothing_changed
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


@pytest.mark.parametrize(
    "change", [{"quantity": 2}, {"metro": "sv"}, {"facility": "ny5"}, {"type": "global_ipv4"}]
)
def test_a_protected_block_that_would_be_replaced_is_refused_before_anything_changes(
    running: Project, change: Config
) -> None:
    def edit(config: Config) -> None:
        # The state does not know it as protected yet: the stack file's word is enough.
        config["platform"]["elasticIps"]["default"].update(protect=True, **change)
        config["platform"]["metro"] = change.get("metro", "ny")

    running.change(edit)
    before = running.blocks()
    refused = running.preview()
    assert refused.failed
    key, value = next(iter(change.items()))
    assert "error[E506]: " in refused.messages
    assert "(metallb:platform.elasticIps.default)" in refused.messages
    assert f"147.75.40.46/32 would be replaced: {key} {value} in place of" in refused.messages
    assert "help: reserve another block under a new name" in refused.messages
    assert running.blocks() == before


def test_a_cluster_that_names_its_metro_in_place_of_its_facility_keeps_its_block(
    make: MakeProject,
) -> None:
    def by_metro(config: Config) -> None:
        config["platform"].pop("facility")
        config["platform"]["metro"] = "ny"

    project = make(changed(small(nodes=1), by_facility))
    project.up()
    blocks = project.blocks()
    assert applied(project, by_metro).nothing_changed
    # Back, the provider would replace it only if it had been reserved by metro.
    assert applied(project, by_facility).nothing_changed
    assert project.blocks() == blocks


def test_a_renamed_component_with_an_alias_keeps_block_and_sessions(
    tmp_path: Path, make: MakeProject
) -> None:
    """The components as another program uses them: only the alias has the old name."""
    cloud = make(small()).cloud
    assert cloud is not None
    name = "edge"

    def program() -> None:
        opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="edge")])
        block = ElasticIpBlock(
            f"{name}", {"project_id": PROJECT_ID, "quantity": 1, "metro": "ny"}, opts
        )
        nodes = BgpPeers(
            f"{name}-bgp",
            {"project_id": PROJECT_ID, "nodes": [{"key": "worker-0"}]},
            pulumi.ResourceOptions(aliases=[pulumi.Alias(name="edge-bgp")]),
        )
        pulumi.export("ids", [block.block_id, nodes.nodes])

    environment = {
        **cloud.env,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "",
    }
    stack = auto.create_stack(
        "dev",
        project_name="other",
        program=program,
        opts=auto.LocalWorkspaceOptions(pulumi_command=Cli(engine().cli), env_vars=environment),
    )
    stack.up()
    before = cloud.inventory()
    name = "border"
    outcome = Outcome()
    stack.up(on_event=outcome.hear)
    assert set(outcome.counts) == {"same"}
    after = cloud.inventory()
    assert (after["blocks"], after["sessions"]) == (before["blocks"], before["sessions"])
    urns = [item["urn"] for item in stack.export_stack().deployment["resources"]]
    assert not [urn for urn in urns if "::edge" in urn]


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
    assert outcome.changes == UPGRADE
    assert project.blocks() == blocks
    assert project.sessions() == sessions
    assert project.up().nothing_changed


UPGRADE = {
    "create": {
        *(
            f"metallb-customresourcedefinition-{kind}.metallb.io"
            for kind in (
                "bfdprofiles",
                "bgpadvertisements",
                "bgppeers",
                "communities",
                "configurationstates",
                "ipaddresspools",
                "l2advertisements",
                "servicebgpstatuses",
                "servicel2statuses",
            )
        ),
        "metallb-secret-metallb-webhook-cert",
        "metallb-service-metallb-webhook-service",
        "metallb-speaker-configmap-metallb-excludel2",
        "metallb-validatingwebhookconfiguration-metallb-webhook-configuration",
        "routing-bgpadvertisement-default",
        "routing-bgppeer-worker-0",
        "routing-bgppeer-worker-1",
        "routing-ipaddresspool-default",
    },
    "delete": {
        "metallb-speaker-role-config-watcher",
        "metallb-speaker-rolebinding-config-watcher",
        "routing-configmap-config",
    },
    "update": {
        "metallb-namespace-metallb-system",
        "metallb-controller-clusterrole-metallb-system:controller",
        "metallb-controller-clusterrolebinding-metallb-system:controller",
        "metallb-controller-deployment-controller",
        "metallb-controller-role-controller",
        "metallb-controller-rolebinding-controller",
        "metallb-controller-serviceaccount-controller",
        "metallb-speaker-clusterrole-metallb-system:speaker",
        "metallb-speaker-clusterrolebinding-metallb-system:speaker",
        "metallb-speaker-daemonset-speaker",
        "metallb-speaker-role-pod-lister",
        "metallb-speaker-rolebinding-pod-lister",
        "metallb-speaker-serviceaccount-speaker",
    },
}
"""What the change of release does. No block and no session is in it."""
