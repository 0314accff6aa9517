"""Every object of every shipped stack, on a real API server of its own."""

from pathlib import Path

import pytest
import yaml

from lab import foreign, rendering
from lab.api import Object, Refused, ident
from lab.bringup import DEFAULT_STACK
from lab.site import Lab
from metallb.config.paths import STACKS
from metallb.snapshot import snapshot_path
from tests.lab.subset import lost, secret_kept

pytestmark = pytest.mark.lab

SHIPPED = sorted([*STACKS.glob("Pulumi.*.yaml"), DEFAULT_STACK])


def _answers(stack: Path, folder: Path) -> Path | None:
    """The snapshot beside the stack; a template has none, and gets that of the demo's nodes."""
    if snapshot_path(stack).exists() or "equinix-metal" not in stack.read_text():
        return None
    answers = yaml.safe_load((STACKS / "demo.snapshot.yaml").read_text())
    quantity = yaml.safe_load(stack.read_text())["config"]["metallb:platform"]["elasticIps"]
    for name, block in quantity.items():
        prefix = 32 - (block.get("quantity", 1).bit_length() - 1)
        entry = {**answers["blocks"]["default"], "cidrs": [f"147.75.40.32/{prefix}"]}
        answers["blocks"][name] = entry
    path = folder / "snapshot.yaml"
    path.write_text(yaml.safe_dump(answers))
    return path


def _unknown_here(obj: Object) -> bool:
    """Kinds that left Kubernetes before the API server of the lab was made."""
    return bool(obj["apiVersion"] == "policy/v1beta1")


@pytest.mark.parametrize("stack", SHIPPED, ids=lambda path: path.stem)
def test_every_rendered_object_lands_and_a_second_apply_changes_nothing(
    bench: Lab, stack: Path, tmp_path: Path
) -> None:
    objects = rendering.render(stack, tmp_path / "rendered", _answers(stack, tmp_path))
    objects = [obj for obj in objects if not _unknown_here(obj)]
    bench.start_plane()
    bench.apply(foreign.definitions(objects))
    install = [obj for obj in objects if not rendering.is_configuration(obj)]
    bench.apply(install)
    if any(obj["kind"] == "ValidatingWebhookConfiguration" for obj in objects):
        bench.wait_for_webhook(bench.start_controller(objects))
    bench.apply_when_ready([obj for obj in objects if rendering.is_configuration(obj)])

    for obj in objects:
        stored = bench.api.request("GET", bench.api.path_of(obj))
        assert not list(lost(obj, stored)), f"{ident(obj)} lost what was rendered"
        assert secret_kept(obj, stored), f"{ident(obj)} lost its clear text"
    for obj in objects:
        stored = bench.api.request("GET", bench.api.path_of(obj))
        again = bench.api.apply(obj)
        version = stored["metadata"]["resourceVersion"]
        assert again["metadata"]["resourceVersion"] == version, f"{ident(obj)} changed"


def test_the_api_server_of_the_lab_refuses_what_it_does_not_know(
    bench: Lab, tmp_path: Path
) -> None:
    """The test above could not fail if the API server let unknown fields pass."""
    objects = rendering.render(DEFAULT_STACK, tmp_path / "rendered")
    bench.start_plane()
    daemon_set = rendering.find(objects, "DaemonSet")[0]
    bench.apply(rendering.find(objects, "Namespace"))
    daemon_set["spec"]["template"]["spec"]["nodeSelectors"] = {"a": "b"}
    with pytest.raises(Refused, match="nodeSelectors"):
        bench.api.apply(daemon_set)
