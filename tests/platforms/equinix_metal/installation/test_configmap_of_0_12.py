"""The seed stack's document, read by the strict reader of the tests. Needs no lab."""

import pytest

from lab import rendering
from tests.installation.strict_configmap import read
from tests.support.paths import STACKS


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The document that the seed stack renders."""
    folder = tmp_path_factory.mktemp("seed") / "rendered"
    objects = rendering.render(STACKS / "Pulumi.seed.yaml", folder)
    (config,) = rendering.find(objects, "ConfigMap", "config")
    text: str = config["data"]["config"]
    return text


def test_the_seed_stacks_document_is_accepted(seed: str) -> None:
    content = read(seed)
    assert [pool["name"] for pool in content["address-pools"]] == ["default"]
    assert sorted(peer["peer-address"] for peer in content["peers"]) == [
        "10.64.43.10",
        "10.64.54.2",
    ]
