"""A block keeps its addresses, however it is written, named or given to another owner."""

import pytest

from lab.metal_api import Seed
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import (
    Config,
    Project,
    by_facility,
    changed,
    small,
    three_workers,
)
from tests.platforms.equinix_metal.updates.recovering import converge, lose_state


def test_a_facility_in_capitals_is_the_same_facility(make: MakeProject) -> None:
    project = make(changed(small(nodes=1), lambda config: by_facility(config, "NY5")))
    project.up()
    blocks = project.blocks()
    assert project.up().nothing_changed
    assert project.blocks() == blocks


def test_an_id_in_capitals_is_the_same_id(running: Project) -> None:
    blocks, sessions = running.blocks(), running.sessions()

    def in_capitals(config: Config) -> None:
        config["platform"]["projectId"] = config["platform"]["projectId"].upper()

    running.change(in_capitals)
    assert running.up().nothing_changed
    assert (running.blocks(), running.sessions()) == (blocks, sessions)


def _adopt(config: Config, name: str, **how: str) -> None:
    """The one block adopted, under a name, in place of being reserved."""
    config["platform"]["elasticIps"] = {name: how}
    config["addressPools"]["default"]["elasticIps"] = [name]


@pytest.mark.parametrize("name", ["default", "web"])
@pytest.mark.parametrize("by", ["adoptId", "adoptTag"])
def test_a_block_of_the_stack_is_not_adopted_away_from_it(
    running: Project, by: str, name: str
) -> None:
    before = running.blocks()
    (block,) = before
    how = {by: block if by == "adoptId" else "metallb:metallb/demo/default"}
    running.change(lambda config: _adopt(config, name, **how))
    for refused in (running.preview(), running.try_up()):
        assert refused.failed
        assert f"metallb:platform.elasticIps.{name}." in refused.messages
        assert f"adopted block {block} (147.75.40.46/32) is" in refused.messages
        assert "the stack's own, elastic-ip-default-block" in refused.messages
        assert "retainOnDelete: true" in refused.messages
        assert not refused.changes
    assert running.blocks() == before


def test_a_block_is_handed_over_to_its_adoption_as_the_remedy_says(running: Project) -> None:
    before = running.blocks()
    (block,) = before
    running.change(
        lambda config: config["platform"]["elasticIps"]["default"].update(retainOnDelete=True)
    )
    running.up()
    running.change(lambda config: _adopt(config, "web", adoptId=block))
    assert not running.up().failed
    assert running.blocks() == before
    assert "elastic-ip-default-block" not in running.state()
    assert running.up().nothing_changed


def _retained(config: Config) -> None:
    config["platform"]["elasticIps"]["default"]["retainOnDelete"] = True


def _moved() -> Seed:
    """The demo cloud with its second worker in another metro."""
    document = three_workers().model_dump()
    document["name"] = "moved"
    document["devices"][1]["metro"] = "sv"
    document["metros"].append({"code": "sv", "name": "SV", "facility": "sv15"})
    return Seed.model_validate(document)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({"metro": "sv"}, "metro ny, not sv"),
        ({"facility": "ny5"}, "facility none, not ny5"),
    ],
    ids=["metro", "facility"],
)
def test_a_block_of_another_place_is_refused_before_it_is_imported(
    make: MakeProject, place: dict[str, str], shown: str
) -> None:
    project = make(changed(small(nodes=1), _retained), _moved())
    project.up()
    project.destroy()
    before = project.blocks()
    (block,) = before

    def move(config: Config) -> None:
        config["platform"].pop("metro")
        config["platform"].update(place)
        config["platform"]["nodes"] = [{"hostname": "worker-1" if "metro" in place else "worker-0"}]

    project.change(move)
    for refused in (project.preview(), project.try_up()):
        assert refused.failed
        assert f"has {shown}" in refused.messages
        assert "write `metro: ny` at this block" in refused.messages
        assert f"--release {block}" in refused.messages
    assert not [name for name in project.state() if name.startswith(("elastic-ip", "bgp"))]
    assert project.blocks() == before
    if "facility" in place:
        project.change(
            lambda config: config["platform"]["elasticIps"]["default"].update(metro="ny")
        )
        assert "elastic-ip-default-block" in project.up().changes["import"]
        assert project.up().nothing_changed
        assert project.blocks() == before


def _grow(config: Config) -> None:
    blocks = config["platform"]["elasticIps"]
    blocks["extra"] = dict(next(iter(blocks.values())))
    config["addressPools"]["default"]["elasticIps"].append("extra")


def _shrink(config: Config) -> None:
    config["platform"]["elasticIps"].pop("extra")
    config["addressPools"]["default"]["elasticIps"].remove("extra")


def _rename(config: Config) -> None:
    blocks = config["platform"]["elasticIps"]
    blocks["web"] = blocks.pop("default")
    config["addressPools"]["default"]["elasticIps"] = ["web"]


def test_a_leftover_is_reported_and_released_after_its_name_has_left_the_stack_file(
    running: Project,
) -> None:
    before = running.blocks()
    running.cloud.add_fault("lost_reply", method="POST", path="/projects/{id}/ips")
    running.change(_grow)
    running.up()
    running.change(_shrink)
    running.up()
    (left,) = running.blocks().keys() - before.keys()
    lose_state(running)
    # Nothing new is reserved, so it is no reason to refuse.
    assert f"block {left} " in converge(running)[-1].messages
    (printed,) = running.repair()
    assert printed.startswith(f"block {left} ")
    assert "as extra, which its file does not reserve" in printed
    assert f"released block {left} " in running.repair(release=(left,))[0]
    assert running.blocks() == before


def test_addresses_of_a_renamed_block_are_found_again_after_the_state_was_lost(
    running: Project,
) -> None:
    for name, item in running.state().items():
        if name.startswith("elastic-ip-default"):
            new = name.replace("default", "web")
            running.engine(["state", "rename", item["urn"], new, "--yes", "--stack", "demo"])
    running.change(_rename)
    (block,) = running.blocks()
    # The state knows it, so its old name is in no one's way.
    running.change(_grow)
    assert "elastic-ip-extra-block" in running.up().changes["create"]
    before = running.blocks()
    lose_state(running)
    for refused in (running.preview(), running.try_up()):
        assert refused.failed
        assert "metallb:platform.elasticIps.web" in refused.messages
        assert f"{block} (147.75.40.46/32)" in refused.messages
        assert "which this stack reserved as default" in refused.messages
        assert f"write `adoptId: {block}` and `quantity: 1`" in refused.messages
        assert f"--release {block}" in refused.messages
    assert running.blocks() == before
    running.change(
        lambda config: config["platform"]["elasticIps"].update(
            web={"adoptId": block, "quantity": 1}
        )
    )
    converge(running)
    assert running.blocks() == before
    assert running.up().nothing_changed


@pytest.mark.parametrize("retained", [False, True])
def test_a_block_reserved_twice_while_another_is_replaced_is_reported(
    running: Project, retained: bool
) -> None:
    (old,) = running.blocks()

    def bigger(config: Config) -> None:
        config["platform"]["elasticIps"]["default"].update(quantity=2, retainOnDelete=retained)

    if retained:
        running.change(_retained)
        running.up()
    running.change(bigger)
    running.cloud.add_fault("lost_reply", method="POST", path="/projects/{id}/ips")
    messages = running.up().messages
    own = running.state()["elastic-ip-default-block"]["id"]
    (extra,) = running.blocks().keys() - {own, old}
    assert f"block {extra} " in messages
    assert f"--release {extra}" in messages
    # The one that was replaced was not reserved by this update, and so is not called that.
    assert messages.count("was reserved as well") == 1
    assert running.up().messages == ""
