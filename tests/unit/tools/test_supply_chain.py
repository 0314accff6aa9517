"""What is installed is pinned: packages by hashes, actions by commits; and the pins agree."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.paths import PROJECT_ROOT
from tools.environment import SOURCE_ONLY
from tools.lock import LOCKS, Lock

PINNED = re.compile(r"([a-z0-9.-]+)==(\S+)")
ACTION = re.compile(r"uses:\s*(\S+)(.*)")
WITH_ACTIONS = (
    *sorted((PROJECT_ROOT / ".github" / "workflows").glob("*.yml")),
    PROJECT_ROOT / "docs" / "ci.md",
)


def entries(lock: Path) -> dict[str, tuple[set[str], bool]]:
    """Versions of each package of a lock, and whether every one has hashes."""
    found: dict[str, tuple[set[str], bool]] = {}
    for text in re.split(r"\n(?=[a-zA-Z])", lock.read_text(encoding="utf-8")):
        match = PINNED.match(text)
        if match:
            versions, hashed = found.get(match[1], (set(), True))
            found[match[1]] = {*versions, match[2]}, hashed and "--hash=sha256:" in text
    return found


def pins(source: Path) -> dict[str, str]:
    """Name and version of each line of a file with pins, and of the files that it names."""
    found: dict[str, str] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= pins(source.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            match = PINNED.fullmatch(line.lower())
            assert match, f"{source.name}: {line} names no exact version"
            found[match[1]] = match[2]
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda each: each.path)
def test_a_lock_has_every_pin_with_its_hashes(lock: Lock) -> None:
    locked = entries(PROJECT_ROOT / lock.path)
    assert all(hashed for _, hashed in locked.values())
    wanted: dict[str, str] = {}
    for source in lock.sources:
        wanted |= pins(PROJECT_ROOT / source)
    assert {name: {version} for name, version in wanted.items()} == {
        name: locked.get(name, (set(), False))[0] for name in wanted
    }, "run make lock"


def test_locks_agree_on_every_version() -> None:
    for lock in LOCKS:
        if lock.agrees:
            larger = entries(PROJECT_ROOT / lock.agrees)
            for name, (versions, _) in entries(PROJECT_ROOT / lock.path).items():
                assert versions <= larger[name][0], f"{lock.path}: {name}"


def test_the_lock_for_racks_has_no_package_that_runs_a_setup_script() -> None:
    assert set(SOURCE_ONLY) <= set(entries(PROJECT_ROOT / "requirements.lock"))
    assert not set(SOURCE_ONLY) & set(entries(PROJECT_ROOT / "requirements" / "core.lock"))


@pytest.mark.parametrize("path", WITH_ACTIONS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_their_version_beside_it(path: Path) -> None:
    used = ACTION.findall(path.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_newer_versions_are_proposed_for_everything_that_is_pinned() -> None:
    document = yaml.safe_load((PROJECT_ROOT / ".github/dependabot.yml").read_text("utf-8"))
    watched = {
        (each["package-ecosystem"], folder)
        for each in document["updates"]
        for folder in each.get("directories", [each.get("directory")])
    }
    modules = {
        f"/{path.parent.relative_to(PROJECT_ROOT)}"
        for room in ("lab", "tools")
        for path in (PROJECT_ROOT / room).rglob("go.mod")
    }
    assert modules
    assert watched == {
        ("pip", "/"),
        ("pip", "/requirements"),
        ("github-actions", "/"),
        *(("gomod", folder) for folder in modules),
    }
