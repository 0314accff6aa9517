"""`import --from-cluster` of a real API server: what a stack rendered is read back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import foreign, rendering
from lab.guard import guarded
from lab.site import Lab
from metallb.cli import main
from metallb.importing.meaning import differences
from metallb.loading.stack import load
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.stackfile import stack_config
from metallb.stackfile.yaml_documents import parse_yaml
from tests.support.paths import STACKS
from tests.support.running import fresh

pytestmark = pytest.mark.lab

STACK = STACKS / "Pulumi.onprem.yaml"


@pytest.fixture
def plane(machine: None) -> Iterator[Lab]:
    """A lab whose API server alone is used."""
    lab = fresh("imported")
    with guarded(lab):
        yield lab


def test_a_cluster_of_a_stack_becomes_a_stack_of_the_same_meaning(
    plane: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = rendering.render(STACK, tmp_path / "rendered")
    plane.start_plane()
    plane.apply(foreign.definitions(objects))
    plane.apply([each for each in objects if not rendering.is_configuration(each)])
    plane.wait_for_webhook(plane.start_controller(objects))
    plane.apply_when_ready([each for each in objects if rendering.is_configuration(each)])

    kubeconfig = str(plane.plane.kubeconfig)
    assert main(["import", "--from-cluster", "--kubeconfig", kubeconfig, "--strict"]) == 0
    shown = capsys.readouterr()
    found = parse_yaml(shown.out, where="import")["config"]
    stack = load(str(STACK)).config
    assert found["metallb:install"]["version"] == str(stack.install.release)
    assert found["metallb:install"]["bgpMode"] == str(stack.install.bgp_mode)
    assert found["metallb:install"]["namespace"] == stack.install.namespace
    assert "set by DaemonSet speaker" in shown.err
    made = stack_config(
        {key.removeprefix("metallb:"): value for key, value in found.items()}, source="import"
    )
    assert not differences(
        routing_config(stack, PlatformFacts()), routing_config(made, PlatformFacts())
    )
