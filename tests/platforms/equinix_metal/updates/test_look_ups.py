"""How hard a run is on the platform's API."""

from lab.metal_api import fleet
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import small

BY_NAME = "GET /projects/{id}/devices"


def test_no_more_look_ups_are_under_way_at_a_time_than_four_for_each_parallel_operation(
    make: MakeProject,
) -> None:
    seed = fleet(24)
    config = small()
    config["platform"]["nodes"] = [{"hostname": device.hostname} for device in seed.devices]
    config["bgp"]["ecmpLimit"] = 4096
    project = make(config, seed)
    # Long enough for all of them to have begun before the first ends, if nothing held them back.
    project.cloud.add_fault(
        "delay", seconds=1, method="GET", path="/projects/{id}/devices", times=24
    )
    project.stack.preview(parallel=2)
    assert project.cloud.calls()[BY_NAME] == 24
    assert 1 < project.cloud.peaks()[BY_NAME] <= 4 * 2
