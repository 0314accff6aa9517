"""A block keeps its addresses, however it is written, named or given to somebody else."""

from tests.engine.conftest import MakeProject
from tests.engine.harness import Config, changed, small


def test_a_facility_in_capitals_is_the_same_facility(make: MakeProject) -> None:
    def by_facility(config: Config) -> None:
        config["platform"].pop("metro")
        config["platform"]["facility"] = "NY5"

    project = make(changed(small(nodes=1), by_facility))
    project.up()
    blocks = project.blocks()
    assert project.up().nothing_changed
    assert project.blocks() == blocks
