"""Every object of every shipped stack, on a real API server of its own."""

from pathlib import Path

import pytest
import yaml

from lab import foreign, rendering
from lab.api import Object, Refused, ident
from lab.bringup import DEFAULT_STACK
from lab.site import Lab
from metallb.loading.snapshot import snapshot_path
from tests.installation.subset import lost, secret_kept
from tests.platforms import part_of
from tests.support.paths import STACKS

pytestmark = pytest.mark.lab

SHIPPED = sorted([*STACKS.glob("Pulumi.*.yaml"), DEFAULT_STACK])


def _answers(stack: Path, folder: Path) -> Path | None:
    """The snapshot for a template, which has none beside it."""
    if snapshot_path(stack).exists():
        return None
    config = yaml.safe_load(stack.read_text())["config"]
    sections = {key.removeprefix("metallb:"): value for key, value in config.items()}
    found = part_of(sections).snapshot(sections)
    path = folder / "snapshot.yaml"
    path.write_text(yaml.safe_dump(found))
    return path if found else None


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
