"""Up, up again, refresh, destroy: the four things that every stack goes through."""

from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import PLATFORM, Config, Project, small


def test_up_on_nothing_makes_block_sessions_and_objects(make: MakeProject) -> None:
    project = make(small())
    outcome = project.up()
    assert set(outcome.changes) == {"create"}
    assert {
        "elastic-ip-default-block",
        "bgp-sessions-worker-0-ipv4",
        "bgp-sessions-worker-1-ipv4",
        "routing-bgppeer-worker-0",
        "routing-bgppeer-worker-1",
        "routing-ipaddresspool-default",
        "routing-bgpadvertisement-default",
    } <= outcome.changes["create"]
    assert list(project.blocks().values()) == ["147.75.40.46/32"]
    assert sorted(project.sessions().values()) == ["worker-0", "worker-1"]
    assert len(project.rendered()) == 4
    # Nothing looks up the plugins of an inline program: each resource names its own's version.
    providers = {
        item["type"].removeprefix("pulumi:providers:"): name
        for name, item in project.state().items()
        if item["type"].startswith("pulumi:providers:")
    }
    assert providers == {
        "pulumi": "default",  # the engine's own, which reads states
        "equinix-metal": "default_3_2_1",
        "kubernetes": "kubernetes",
    }


def test_a_second_up_and_a_refresh_change_nothing_and_make_no_call_that_writes(
    running: Project,
) -> None:
    assert running.up().nothing_changed
    assert running.refresh(PLATFORM).nothing_changed
    assert not [call for call in running.cloud.calls() if not call.startswith("GET ")]


def test_destroy_leaves_no_block_no_session_and_no_object(running: Project) -> None:
    outcome = running.destroy()
    assert set(outcome.changes) == {"delete"}
    assert running.blocks() == {}
    assert running.sessions() == {}
    assert running.rendered() == []
    assert running.state() == {}


def _protect(config: Config) -> None:
    config["platform"]["elasticIps"]["default"] = {"quantity": 1}


def _let_go(config: Config) -> None:
    config["platform"]["elasticIps"]["default"] = {
        "quantity": 1,
        "protect": False,
        "retainOnDelete": False,
    }


def test_destroy_drops_no_protected_address_without_an_option(running: Project) -> None:
    running.change(_protect)
    running.up()
    before = running.blocks()
    refused = running.try_destroy()
    assert refused.failed
    assert "elastic-ip-default-block" in refused.messages
    assert "protect" in refused.messages
    assert running.blocks() == before
    running.change(_let_go)
    running.up()
    running.destroy()
    assert running.blocks() == {}


def test_a_retained_block_leaves_the_stack_and_stays_at_the_provider(running: Project) -> None:
    running.change(
        lambda config: config["platform"]["elasticIps"]["default"].update(retainOnDelete=True)
    )
    running.up()
    before = running.blocks()
    running.destroy()
    assert running.state() == {}
    assert running.blocks() == before
    # The next stack of this name finds it by its tag: no second one is reserved.
    outcome = running.up()
    assert "elastic-ip-default-block" in outcome.changes["import"]
    assert running.blocks() == before
