"""What each change of a stack file does: exactly that."""

from collections.abc import Callable

from tests.updates.conftest import MakeProject
from tests.updates.harness import Config, Outcome, Project, changed, small

PASSWORD = "Sesame0pen1"


def applied(project: Project, change: Callable[[Config], object]) -> Outcome:
    """Change the stack file, and update."""
    project.change(change)
    return project.up()


def test_adding_a_router_writes_its_peer_and_a_node_changes_the_peers_of_its_rack(
    running: Project,
) -> None:
    def another(config: Config) -> None:
        routers = config["platform"]["racks"][0]["routers"]
        routers.append({"name": "tor-3", "address": "10.1.0.3"})

    assert applied(running, another).changes == {"create": {"routing-bgppeer-rack-a-tor-3"}}
    outcome = applied(
        running, lambda config: config["platform"]["racks"][0]["nodes"].append("node-2")
    )
    assert outcome.changes == {
        "update": {f"routing-bgppeer-rack-a-tor-{number}" for number in (1, 2, 3)}
    }
    assert running.up().nothing_changed


def test_the_order_of_nodes_and_routers_means_nothing(running: Project) -> None:
    def reverse(config: Config) -> None:
        config["platform"]["racks"][0]["nodes"].reverse()
        config["platform"]["racks"][0]["routers"].reverse()

    assert applied(running, reverse).nothing_changed


def test_renaming_a_pool_writes_it_anew(running: Project) -> None:
    def rename(config: Config) -> None:
        config["addressPools"] = {"public": config["addressPools"]["default"]}

    assert applied(running, rename).changes == {
        "create": {"routing-ipaddresspool-public", "routing-bgpadvertisement-public"},
        "delete": {"routing-ipaddresspool-default", "routing-bgpadvertisement-default"},
    }


def test_another_hold_time_updates_the_peers_in_place(running: Project) -> None:
    outcome = applied(running, lambda config: config["bgp"].update(holdTime="9s"))
    assert outcome.changes == {
        "update": {"routing-bgppeer-rack-a-tor-1", "routing-bgppeer-rack-a-tor-2"}
    }


def test_from_0_12_1_to_0_16_the_configmap_goes_and_custom_resources_come(
    make: MakeProject,
) -> None:
    project = make(changed(small(), lambda config: config.update(install={"version": "0.12.1"})))
    project.up()
    outcome = applied(project, lambda config: config.update(install={"version": "0.16.2"}))
    assert set(outcome.changes) == {"create", "update", "delete"}
    assert {
        "routing-ipaddresspool-default",
        "routing-bgpadvertisement-default",
        "routing-bgppeer-rack-a-tor-1",
        "routing-bgppeer-rack-a-tor-2",
        "metallb-validatingwebhookconfiguration-metallb-webhook-configuration",
    } <= outcome.changes["create"]
    assert "routing-configmap-config" in outcome.changes["delete"]
    # Replaced in place: neither is away for a moment.
    assert {
        "metallb-controller-deployment-controller",
        "metallb-speaker-daemonset-speaker",
    } <= outcome.changes["update"]
    assert project.up().nothing_changed


def test_every_change_under_0_12_1_updates_its_one_configmap_in_place(
    make: MakeProject,
) -> None:
    def old(config: Config) -> None:
        config["install"] = {"version": "0.12.1", "source": "existing"}
        config["bgp"]["password"] = PASSWORD

    config = changed(small(), old)
    project = make(config)
    project.up()
    outcome = applied(
        project, lambda config: config["bgp"].update(holdTime="9s", password="Sesame0pen2")
    )
    assert outcome.changes == {"update": {"routing-configmap-config"}}


def test_rotating_the_md5_password_updates_one_secret_that_the_state_keeps_encrypted(
    make: MakeProject,
) -> None:
    def old(config: Config) -> None:
        config["bgp"]["password"] = PASSWORD

    config = changed(small(), old)
    project = make(config)
    project.up()
    outcome = applied(project, lambda config: config["bgp"].update(password="Sesame0pen2"))
    assert outcome.changes == {"update": {"routing-secret-bgp-password"}}
    kept = [path for path in (project.folder / "state").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        if "history" not in path.parts:
            assert b"Sesame0pen" not in path.read_bytes(), path
