"""A block keeps its addresses, however it is written, named or given to somebody else."""

import pytest

from tests.engine.conftest import MakeProject
from tests.engine.harness import Config, Project, changed, small


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
