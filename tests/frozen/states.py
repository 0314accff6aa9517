"""Engine states of frozen stacks, made by version 1's program.

`python -m tests.frozen.states CHECKOUT [STACK ...]` makes them. Each state comes with what the
emulated cloud held afterwards, as its state file.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.frozen import frozen_stacks, stack_file, state_file
from tests.frozen.engine import SALT
from tests.platforms import Part, part_of
from tests.support.engine import engine
from tests.support.paths import PROJECT_ROOT

__all__ = ["cloud_of", "updated", "write_stack"]

_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: metallb\nversion: 0.16.2\n",
    "templates/nothing.yaml": "",
}
"""Stands for MetalLB's own at a preview: no state holds what is in a chart."""
CLUSTER = "FROZEN_KUBECONFIG"
"""Environment variable: kubeconfig of the API server on which states without renderTo are made."""
_NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "lab",
    "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
    "clusters": [{"name": "lab", "cluster": {"server": "https://127.0.0.1:9"}}],
    "users": [{"name": "admin", "user": {"token": "none"}}],
}
_LEFT_OUT = ("created", "modified", "sourcePosition", "stackTrace", "time")


def updated(checkout: Path, name: str, chart: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """A new stack's state after an update by a checkout's program, and the cloud's afterwards."""
    with tempfile.TemporaryDirectory() as folder, cloud_of(Path(folder), name, None) as environment:
        write_stack(name, Path(folder), chart)
        state = _update(checkout, name, Path(folder), environment)
        cloud = _part(name).state_of_the_cloud(Path(folder))
        return _steady(state), cloud.read_text(encoding="utf-8") if cloud else ""


@contextmanager
def cloud_of(folder: Path, name: str, kept: Path | None) -> Iterator[Mapping[str, str]]:
    """The environment of the engine, with an emulated cloud where the stack needs one."""
    with _part(name).emulated(folder, kept) as environment:
        yield {**engine().environment, **environment}


def _part(name: str) -> Part:
    config = yaml.safe_load(stack_file(name).read_text(encoding="utf-8"))["config"]
    return part_of({"platform": config["metallb:platform"]})


def _kubeconfig() -> str:
    """The cluster's, while states are made; one of a server that is not there otherwise."""
    given = os.environ.get(CLUSTER)
    return Path(given).read_text(encoding="utf-8") if given else json.dumps(_NOWHERE)


def write_stack(name: str, folder: Path, chart: Mapping[str, str] = _CHART) -> None:
    """Write a frozen stack's file, and what it refers to."""
    target = folder / "stacks" / f"Pulumi.{name}.yaml"
    target.parent.mkdir()
    text = stack_file(name).read_text(encoding="utf-8")
    salt = "" if "encryptionsalt" in text else f"encryptionsalt: {SALT}\n"
    target.write_text(text + salt, encoding="utf-8")
    (folder / "kubeconfig.json").write_text(_kubeconfig(), encoding="utf-8")
    for path, content in chart.items():
        part = folder / "chart" / path
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(content, encoding="utf-8")


def _update(
    checkout: Path, name: str, folder: Path, environment: Mapping[str, str]
) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.frozen.engine", str(checkout), name, str(folder)],
        env={**os.environ, **environment, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        raise AssertionError(f"update of {name}\n{done.stdout}\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _steady(value: Any) -> Any:
    """Without what tells when and where it was made."""
    if isinstance(value, dict):
        return {key: _steady(item) for key, item in value.items() if key not in _LEFT_OUT}
    return [_steady(item) for item in value] if isinstance(value, list) else value


def main(checkout: Path, names: list[str], chart: Mapping[str, str] = _CHART) -> int:
    """Make the states of these stacks, or of all that write no cluster.

    :param chart: files of the chart that a stack of source helm installs.
    """
    for name in names or frozen_stacks():
        state, cloud = updated(checkout, name, chart)
        target = state_file(name)
        target.write_text(json.dumps(state, indent=0) + "\n", encoding="utf-8")
        if cloud:
            target.with_suffix(".cloud.json").write_text(cloud, encoding="utf-8")
        print(f"{name}: {len(state.get('resources', []))} resources", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
