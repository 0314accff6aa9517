"""Imports go one way, and the pure rooms stay pure."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from metallb.platforms.registry import kinds
from tests.support.paths import PROJECT_ROOT
from tests.support.sources import nodes, source, tree

PACKAGE = PROJECT_ROOT / "metallb"

FLOORS = (
    (
        "algebra",
        "command_line",
        "files",
        "models",
        "problems",
        "releases",
        "repair",
        "writing",
        "yaml_text",
    ),
    ("routing",),
    ("platforms", "stackfile"),
    (
        "forecast",
        "importing",
        "installation",
        "inventory",
        "preflight",
        "routers",
        "status",
        "topology",
    ),
    ("components", "loading", "platforms/*"),
    ("actions", "program", "render", "runner"),
    ("commands", "cli", "__main__"),
)
"""The rooms from the ground up: what all need, MetalLB's objects, what a person writes, what is
made or known of it, where facts and the engine come in, runs, the command line.

A room imports rooms of lower floors, and of its own floor where no circle comes of it. Every
platform's package is on the floor of `platforms/*`.
"""
PURE = (
    *FLOORS[0],
    *FLOORS[1],
    *FLOORS[2],
    "forecast",
    "importing",
    "installation",
    "inventory",
    "preflight",
    "routers",
    "topology",
    "platforms/static",
)
"""Rooms that know nothing of pulumi."""

READERS_OF_FILES = (
    "metallb.stackfile.files.StackFile",
    "metallb.stackfile.files.open_stack_file",
    "metallb.stackfile.files.read_stack_file",
    "metallb.stackfile.sealed.stack_for_rules",
)
"""From a path to a stack file and its configuration."""
VALIDATORS = ("metallb.stackfile.stack_config", "metallb.stackfile.load.stack_config")
"""From values to a configuration."""
LOADER = "metallb/loading/stack.py"
WITHOUT_A_FILE = {
    "benchmarks/load.py": "its sections are generated",
    "benchmarks/program.py": "its sections are generated",
    "lab/forecast/drawing.py": "its sections are drawn",
    "metallb/importing/validating.py": "an imported document makes sections; there is no file yet",
    "metallb/loading/settings.py": "the engine hands over values that it has read and decrypted",
}
LATE = ("kubernetes", "pulumi", "pydantic", "requests", "rich", "shtab", "yaml")
"""Packages that take long to import, which the help of a command needs none of."""


def room(path: Path) -> str:
    """The folder, or module, of a file below the package; each platform's package is one."""
    parts = path.relative_to(PACKAGE).parts
    return (
        "/".join(parts[:2])
        if parts[0] == "platforms" and len(parts) > 2
        else (parts[0].removesuffix(".py"))
    )


@cache
def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def statements_at_run_time(within: ast.AST) -> Iterator[ast.AST]:
    """Every statement but those below `if TYPE_CHECKING`, which import nothing."""
    for node in ast.iter_child_nodes(within):
        if isinstance(node, ast.expr):
            continue
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in node.orelse if typing_only else [node]:
            yield child
            yield from statements_at_run_time(child)


@cache
def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in statements_at_run_time(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import hides the direction"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def floor(name: str) -> int:
    of_platforms = "platforms/*" if "/" in name else name
    for index, rooms in enumerate(FLOORS):
        if of_platforms in rooms:
            return index
    raise AssertionError(f"metallb/{name} is on no floor: add it to FLOORS where it belongs")


def imported_rooms(path: Path) -> set[str]:
    """The other rooms that a module imports."""
    found = set()
    for name in imports(path):
        parts = name.split(".")
        assert parts[0] not in ("lab", "tests"), f"{path}: the product never imports {parts[0]}"
        if parts[0] != "metallb" or len(parts) < 2 or parts[1].startswith("_"):
            continue
        other = parts[1]
        if other == "platforms" and len(parts) > 2 and (PACKAGE / other / parts[2]).is_dir():
            other = f"{other}/{parts[2]}"
        if (PACKAGE / other).exists() or (PACKAGE / f"{other}.py").exists():
            found.add(other)
    return found - {room(path)}


def test_there_are_at_most_seven_floors() -> None:
    assert len(FLOORS) <= 7


def test_a_module_imports_nothing_of_a_floor_above() -> None:
    above = [
        f"{path.relative_to(PACKAGE)} (floor {floor(own)}) imports {other} (floor {floor(other)})"
        for path in modules()
        for own in [room(path)]
        for other in imported_rooms(path)
        if floor(other) > floor(own)
    ]
    assert above == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in modules():
        graph.setdefault(room(path), set()).update(imported_rooms(path))
    assert list(TopologicalSorter(graph).static_order())


def test_a_pure_room_knows_nothing_of_pulumi() -> None:
    found = [
        f"{path} imports {imported}"
        for path in modules()
        if room(path) in PURE
        for imported in imports(path)
        if imported.partition(".")[0].partition("_")[0] == "pulumi"
    ]
    assert found == []


def test_a_file_is_a_small_room() -> None:
    large = {
        str(path.relative_to(PROJECT_ROOT)): lines
        for folder in ("metallb", "lab", "tests", "tools")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if (lines := len(source(path).splitlines())) > 600
    }
    assert large == {}


def sources() -> list[str]:
    return [
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in ("metallb", "lab", "tools", "benchmarks")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if PACKAGE / "stackfile" not in path.parents
    ]


def test_a_stack_file_is_read_by_the_loader_alone() -> None:
    found = {name: imports(PROJECT_ROOT / name) for name in sources()}
    readers = {name for name, names in found.items() if names & set(READERS_OF_FILES)}
    validators = {name for name, names in found.items() if names & set(VALIDATORS)}
    assert readers == {LOADER}
    assert validators == {LOADER, *WITHOUT_A_FILE}


RUN_ALL = """
import contextlib, io, json, sys
from metallb.cli import main
loaded = []
for line in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(line.split())
        except SystemExit as ended:
            code = ended.code
    assert not code, line
    loaded.append(sorted(sys.modules))
print(json.dumps(loaded))
"""


def loaded_by(*lines: str) -> dict[str, list[str]]:
    """What is loaded after each command of a process that runs one after the other."""
    command = [sys.executable, "-c", RUN_ALL, *lines]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(lines, json.loads(done.stdout), strict=True))


def test_help_loads_no_package_that_takes_long() -> None:
    commands = ("", "check", "import", "up", "status", "schema", "new", "completion")
    loaded = loaded_by(*(f"{each} --help" for each in commands))
    assert {
        line: set(LATE) & set(names) for line, names in loaded.items() if {*LATE} & {*names}
    } == {}


KINDS = re.compile(
    r"equinix|[\"']packet[\"']|static_?platform|[\"']static[\"']|\bmetal_", re.IGNORECASE
)
"""Kinds of platforms and their providers, in code."""


def named_kinds(path: Path) -> list[str]:
    """Names and texts of a module's code that name a kind; docstrings may cite a provider."""
    found = []
    documented = {
        id(node.body[0].value)
        for node in nodes(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes(path):
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in documented else f'"{node.value}"'
        elif isinstance(node, ast.Name):
            text = node.id
        elif isinstance(node, ast.Attribute):
            text = node.attr
        elif isinstance(node, ast.ImportFrom):
            text = " ".join((node.module or "", *(alias.name for alias in node.names)))
        if KINDS.search(text):
            found.append(text)
    return found


def test_no_module_outside_its_package_names_a_kind_of_platform() -> None:
    registry = PACKAGE / "platforms" / "registry.py"  # it has the one line of each
    named = {
        path.relative_to(PACKAGE).as_posix(): found
        for path in modules()
        if path != registry and not room(path).startswith("platforms/")
        if (found := named_kinds(path))
    }
    assert named == {}


UNUSED_BY_CHECK = (
    "forecast",
    "topology",
    "installation",
    "importing.documents",
    "stackfile.mistakes",
    "preflight.documentation",
)


def test_a_command_loads_what_it_uses(tmp_path: Path) -> None:
    check, *others = "check onprem", "plan onprem", f"render onprem -o {tmp_path}/build"
    found = loaded_by(check, *others)
    assert {line: {"requests", "urllib3"} & {*names} for line, names in found.items()} == {
        line: set() for line in found
    }, "it calls no API"
    loaded = found[check]
    unused = [f"metallb.{name}" for name in UNUSED_BY_CHECK]
    unused += [each.__module__ for each in kinds().values() if not each.takes_racks]
    assert [name for name in loaded if name in unused] == []
    own = [name for name in loaded if name.startswith("metallb.commands.")]
    assert own == ["metallb.commands.check"]


def test_addresses_are_parsed_in_one_room() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix() for path in modules() if "ipaddress" in imports(path)
    }
    assert found == {"algebra/addresses.py", "algebra/spelling.py"}
