"""Imports go one way, and the pure rooms stay pure."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from metallb.config.paths import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "metallb"

# From the ground up. A room may import the rooms before it, and itself.
FLOORS = (
    ("problems",),
    ("errors", "durations", "releases", "described", "plain_words", "interrupts", "encrypted"),
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
    ("components", "current_context", "topology", "status", "leftovers", "repair"),
    ("loading",),
    ("settings",),
    ("program",),
    ("render", "runner"),
    ("actions",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
PURE = (
    "problems",
    "errors",
    "durations",
    "releases",
    "described",
    "plain_words",
    "encrypted",
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

READERS_OF_FILES = (
    "metallb.config.files.StackFile",
    "metallb.config.files.open_stack_file",
    "metallb.config.files.read_stack_file",
    "metallb.config.sealed.stack_for_rules",
)
"""From a path to a stack file and its configuration."""
VALIDATORS = ("metallb.config.stack_config", "metallb.config.load.stack_config")
"""From values to a configuration."""
LOADER = "metallb/loading.py"
WITHOUT_A_FILE = {
    "benchmarks/program.py": "its sections are generated",
    "metallb/importing/validating.py": "an imported document makes sections; there is no file yet",
    "metallb/settings.py": "the engine hands over values that it has read and decrypted",
}
LATE = ("kubernetes", "pulumi", "pydantic", "rich", "yaml")
"""Packages that take long to import, which the help of a command needs none of."""


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


def sources() -> list[str]:
    return [
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in ("metallb", "lab", "tools", "benchmarks")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if PACKAGE / "config" not in path.parents
    ]


def test_a_stack_file_is_read_by_the_loader_alone() -> None:
    found = {name: imports(PROJECT_ROOT / name) for name in sources()}
    readers = {name for name, names in found.items() if names & set(READERS_OF_FILES)}
    validators = {name for name, names in found.items() if names & set(VALIDATORS)}
    assert readers == {LOADER}
    assert validators == {LOADER, *WITHOUT_A_FILE}


@pytest.mark.parametrize("args", ["", "check", "import", "up", "status", "schema"])
def test_help_loads_no_package_that_takes_long(args: str) -> None:
    code = (
        "import contextlib, io, sys; from metallb.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main([*sys.argv[1:], '--help'])\n"
        f"print(sorted(set({LATE}) & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, *args.split()]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
