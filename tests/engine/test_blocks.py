"""A block keeps its addresses, however it is written, named or given to somebody else."""

import pytest

from lab.metal_api import Seed
from tests.engine.conftest import MakeProject
from tests.engine.harness import Config, Project, changed, small, three_workers


def test_a_facility_in_capitals_is_the_same_facility(make: MakeProject) -> None:
    def by_facility(config: Config) -> None:
        config["platform"].pop("metro")
        config["platform"]["facility"] = "NY5"

    project = make(changed(small(nodes=1), by_facility))
    project.up()
    blocks = project.blocks()
    assert project.up().nothing_changed
    assert project.blocks() == blocks


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
        assert f"metallb:platform.elasticIps.{name}: " in refused.messages
        assert f"block {block} (147.75.40.46/32) adopted" in refused.messages
        assert "which the state has as elastic-ip-default-block" in refused.messages
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
    ("place", "seen"),
    [
        ({"metro": "sv"}, "metro: ny, and metro sv is asked for"),
        ({"facility": "ny5"}, "metro: ny, and facility ny5 is asked for"),
    ],
    ids=["metro", "facility"],
)
def test_a_block_of_another_place_is_refused_before_it_is_imported(
    make: MakeProject, place: dict[str, str], seen: str
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
        assert f"reserved for it with {seen}: {block}" in refused.messages
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
