"""What version 1 (commit 3caf92b) made of stack files, kept as data: later versions are held to it.

`stacks/` has the stack files and answers, `trees/` what `render` wrote for each, `states/` what the
engine kept; those of a platform are in a folder `frozen` of its tests. Files of more than `LARGE`
bytes, such as CRDs, stand once in `large/`, by digest, since many trees have them.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from metallb.loading.stack import load_file
from metallb.releases import ConfigFormat
from metallb.stackfile.install import Source
from tests.platforms import folders

__all__ = [
    "FOLDER",
    "frozen_stacks",
    "frozen_states",
    "has_alerts",
    "has_crds",
    "has_service_monitor",
    "load_tree",
    "save_tree",
    "stack_file",
    "state_file",
    "tree_of",
]

FOLDER = Path(__file__).parent
_FOLDERS = (FOLDER, *folders("frozen"))
LARGE = 6000
_HEAD = "#### "


def frozen_stacks() -> list[str]:
    """Names of the stacks that are kept."""
    return sorted(
        path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for folder in _FOLDERS
        for path in folder.glob("stacks/Pulumi.*.yaml")
    )


def frozen_states() -> list[str]:
    """Names of the stacks whose state is kept."""
    return [name for name in frozen_stacks() if state_file(name).exists()]


def stack_file(name: str) -> Path:
    """A stack's file."""
    return _folder(name) / "stacks" / f"Pulumi.{name}.yaml"


def has_alerts(name: str) -> bool:
    """Whether alerts are made from the stack, by themselves or by values of the chart."""
    install = load_file(stack_file(name)).config.install
    return install.source is not Source.EXISTING and install.monitoring.prometheus_rule


def has_service_monitor(name: str) -> bool:
    """Whether Prometheus reads the metrics of custom resources' MetalLB."""
    install = load_file(stack_file(name)).config.install
    return has_crds(name) and install.monitoring.service_monitor


def has_crds(name: str) -> bool:
    """Whether MetalLB's definitions are made from the stack."""
    install = load_file(stack_file(name)).config.install
    return (
        install.source is Source.BUILTIN and install.release.format is ConfigFormat.CUSTOM_RESOURCES
    )


def state_file(name: str) -> Path:
    """A stack's state; what a cloud held is beside it, with the suffix `.cloud.json`."""
    return _folder(name) / "states" / f"{name}.json"


def _folder(name: str) -> Path:
    found = [each for each in _FOLDERS if (each / "stacks" / f"Pulumi.{name}.yaml").exists()]
    return found[0]


def tree_of(folder: Path) -> dict[str, str]:
    """Every file below a folder by its path there, without hidden ones."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def save_tree(name: str, files: Mapping[str, str]) -> None:
    """Write a tree as one text file."""
    parts = []
    for path, text in sorted(files.items()):
        if len(text) > LARGE:
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            large = FOLDER / "large" / f"{digest}.txt"
            large.parent.mkdir(exist_ok=True)
            large.write_text(text, encoding="utf-8")
            parts.append(f"{_HEAD}{path} = {digest}\n")
        else:
            parts.append(f"{_HEAD}{path}\n{text}")
    target = _folder(name) / "trees" / f"{name}.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(parts), encoding="utf-8")


def load_tree(name: str) -> dict[str, str]:
    """The files of a tree by path."""
    found: dict[str, str] = {}
    text = (_folder(name) / "trees" / f"{name}.txt").read_text(encoding="utf-8")
    for part in text.split(f"\n{_HEAD}"):
        head, _, body = part.removeprefix(_HEAD).partition("\n")
        path, _, digest = head.partition(" = ")
        if digest:
            found[path] = (FOLDER / "large" / f"{digest.strip()}.txt").read_text(encoding="utf-8")
        else:
            found[path] = body if body.endswith("\n") or not body else body + "\n"
    return found
