"""Imports go one way, and the pure rooms stay pure."""

import ast
from pathlib import Path

import pytest

from metallb.config.paths import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "metallb"

# From the ground up. A room may import the rooms before it, and itself.
FLOORS = (
    ("errors", "durations", "releases", "described", "plain_words", "interrupts"),
    ("yaml_text",),
    ("strict", "file_errors", "command_line"),
    ("error_report",),
    ("routing",),
    ("config",),
    ("platforms", "manifests"),
    (
        "answers",
        "importing",
        "preflight",
        "lookups",
        "admission",
        "guard",
        "pulumi_cli",
        "recovery",
    ),
    ("components", "settings", "current_context", "topology", "status", "leftovers", "repair"),
    ("program",),
    ("render", "runner"),
    ("commands",),
    ("cli",),
    ("__main__",),
)
PURE = (
    "errors",
    "durations",
    "releases",
    "described",
    "plain_words",
    "yaml_text",
    "file_errors",
    "command_line",
    "strict",
    "routing",
    "config",
    "platforms",
    "manifests",
    "answers",
    "importing",
    "preflight",
    "lookups",
    "admission",
    "topology",
)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import hides the direction"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def floor(name: str) -> int:
    for index, rooms in enumerate(FLOORS):
        if name in rooms:
            return index
    raise AssertionError(f"metallb/{name} is on no floor: add it to FLOORS where it belongs")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below_or_its_own_room(path: Path) -> None:
    own = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "lab" or parts[0] == "tests":
            raise AssertionError(f"{path}: the product never imports {parts[0]}")
        if parts[0] != "metallb" or len(parts) < 2 or parts[1].startswith("_"):
            continue
        other = parts[1]
        if other == own or (
            not (PACKAGE / other).exists() and not (PACKAGE / f"{other}.py").exists()
        ):
            continue
        assert floor(other) < floor(own), f"{own} (floor {floor(own)}) imports {other}"


@pytest.mark.parametrize("name", PURE)
def test_a_pure_room_knows_nothing_of_pulumi(name: str) -> None:
    files = [path for path in modules() if room(path) == name]
    for path in files:
        for imported in imports(path):
            assert imported.split(".")[0] not in (
                "pulumi",
                "pulumi_kubernetes",
                "pulumi_equinix_metal",
            ), f"{path} imports {imported}"


def test_a_file_is_a_small_room() -> None:
    large = {
        str(path.relative_to(PROJECT_ROOT)): lines
        for folder in ("metallb", "lab", "tests", "tools")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert large == {}
