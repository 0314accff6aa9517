"""A platform's package goes with the folders of its name: nothing outside them knows it.

Looks at the syntax trees of tests and lab, and at the data of tests, for the packages and kinds of
every platform but racks, which the tests take for their samples.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from metallb.platforms.registry import kinds
from tests.platforms import parts
from tests.support.paths import PROJECT_ROOT
from tests.support.sources import nodes, source

OTHERS = [kind for kind, platform in kinds().items() if not platform.takes_racks]
PACKAGES = tuple(kinds()[kind].__module__.rpartition(".")[0] for kind in OTHERS)
NAMED = re.compile(
    # Rules cite issues of the cloud's controller manager.
    "|".join(rf"(?<!cloud-provider-){re.escape(kind)}" for kind in OTHERS) or "(?!)"
)

ALLOWED = {
    "tests/unit/tools/test_environment.py": "the same",
    "tools/environment.py": "why the SDK of a provider is built in a way of its own",
}
"""Files that name a kind, each with the reason."""


@cache
def own_folders() -> list[Path]:
    """The folders that go with a platform."""
    names = [kind.replace("-", "_") for kind in OTHERS]
    found = [
        PROJECT_ROOT / room / "platforms" / name for room in ("tests", "lab") for name in names
    ]
    return found + [PROJECT_ROOT / folder for part in parts() for folder in part.lab]


def is_generic(path: Path) -> bool:
    return not any(folder in path.parents for folder in own_folders())


def modules(*rooms: str) -> list[Path]:
    found = (path for room in rooms for path in (PROJECT_ROOT / room).rglob("*.py"))
    return sorted(path for path in found if is_generic(path))


def imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def of_a_platform(name: str) -> bool:
    """Whether a module is in a platform's package or in one of its folders."""
    path = PROJECT_ROOT / name.replace(".", "/")
    return name.startswith(PACKAGES) or any(
        folder == path or folder in path.parents for folder in own_folders()
    )


def test_a_module_outside_imports_nothing_of_a_platform() -> None:
    found = {
        path.relative_to(PROJECT_ROOT).as_posix(): names
        for path in modules("tests", "lab", "tools")
        if (names := [name for name in imports(path) if of_a_platform(name)])
    }
    assert found == {}


def test_no_test_outside_names_a_kind() -> None:
    data = (
        path for path in (PROJECT_ROOT / "tests").rglob("*") if path.suffix in (".txt", ".yaml")
    )
    files = [*modules("tests", "lab", "tools"), *(path for path in data if is_generic(path))]
    named = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for path in files
        if path.parent.name != "large" and NAMED.search(source(path))
    }
    assert named == (set(ALLOWED) if OTHERS else set())


def test_a_platform_has_its_tests_in_the_folder_of_its_name() -> None:
    assert sorted(part.folder.name for part in parts()) == sorted(
        kind.replace("-", "_") for kind in OTHERS
    )
