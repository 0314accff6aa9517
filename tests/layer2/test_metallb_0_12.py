"""Layer 2 of MetalLB 0.12.1, which has `protocol: layer2` in its ConfigMap and nothing else.

Runs where the release's programs are installed; the lab can't build them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from lab.bringup import bring_up, variant
from lab.guard import guarded
from lab.layer2 import POOLS, STACK, Shared
from lab.upgrade import OLD, missing
from tests.support.running import fresh

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", params=POOLS)
def shared(
    machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    if lacks := missing():
        pytest.skip(f"MetalLB {OLD} was NOT run: {lacks}")

    def of_0_12(config: dict[str, Any]) -> None:
        config["metallb:install"]["version"] = OLD
        for pool in config["metallb:addressPools"].values():
            pool["layer2"] = {"default": {}}

    stack = variant(STACK, tmp_path_factory.mktemp("old") / "Pulumi.old.yaml", of_0_12)
    lab = fresh("layer2-old")
    with guarded(lab):
        yield Shared.of(bring_up(lab, stack), request.param, reported=False)


def test_the_document_has_the_pools_with_their_protocol(shared: Shared) -> None:
    (document,) = (
        yaml.safe_load(obj["data"]["config"])
        for obj in shared.cluster.objects
        if obj["kind"] == "ConfigMap" and obj["metadata"]["name"] == "config"
    )
    assert {each["protocol"] for each in document["address-pools"]} == {"layer2"}
    assert len(document["address-pools"]) == len(POOLS)


def test_one_node_answers_and_another_one_after_its_speaker_died(shared: Shared) -> None:
    moves = shared.scenarios()
    killed, back = next(moves), next(moves)
    assert killed.seconds <= killed.bound
    assert back.seconds <= back.bound
    assert shared.fetched() == shared.answers
