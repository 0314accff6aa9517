"""What a rule names of MetalLB's source is there: files, functions and types of its Go module."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from metallb.preflight import rules
from metallb.preflight.registry import Rule
from metallb.releases import BUILTIN_RELEASES
from tests.support.go_module import go_module

MODULES = {"MetalLB": "go.universe.tf/metallb", "frr-k8s": "github.com/metallb/frr-k8s"}
NEWEST = {"MetalLB": str(max(BUILTIN_RELEASES)), "frr-k8s": "0.0.25"}
# Such as "MetalLB v0.12.1 internal/config/config.go (peer), validator.go".
PART = re.compile(r"\b(MetalLB|frr-k8s)((?: v[0-9.]+[0-9](?: and)?)*) (?=[a-z]+/)")
VERSION = re.compile(r"v([0-9.]+[0-9])")
PLACE = re.compile(r"((?:[\w-]+/)*[\w.-]*\.(?:go|yaml|tpl)\b|(?:[\w-]+/)+[\w-]*)(?: \(([^)]*)\))?")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Named:
    """A file or folder of a module, and the names that it should hold."""

    module: str
    version: str
    path: str
    names: tuple[str, ...]


def named(source: str) -> Iterator[Named]:
    """Everything of a module that a rule's source names."""
    starts = [*PART.finditer(source)]
    for match in starts:
        following = [other.start() for other in starts if other.start() > match.start()]
        text = source[match.end() : min(following, default=len(source))]
        # What comes behind another work belongs to that.
        text = re.split(r"; (?:RFC|FRR|the |Linux|Kubernetes|cloud|MetalLB)|: ", text)[0]
        versions = VERSION.findall(match[2]) or [NEWEST[match[1]]]
        folder = ""
        for place in PLACE.finditer(text):
            path = place[1] if "/" in place[1] else f"{folder}/{place[1]}"
            folder = path.rpartition("/")[0]
            listed = re.split(r"[,;] ", place[2] or "")
            names = tuple(each for each in listed if IDENTIFIER.fullmatch(each))
            for version in versions:
                yield Named(match[1], version, path.rstrip("/"), names)


def module(name: str, version: str) -> Path:
    """The folder of a module in Go's cache, downloaded where it is missing."""
    return go_module(f"{MODULES[name]}@v{version}")


def declared(text: str, name: str) -> bool:
    """Whether Go's source declares a function, type, constant or field of this name."""
    word = re.escape(name)
    kinds = rf"func (?:\([^)]*\) )?{word}\b|(?:type|var|const) {word}\b|\t{word}\s"
    return re.search(rf"^(?:{kinds})", text, re.MULTILINE) is not None


SOURCES = [each for each in rules() if any(named(each.source))]


def test_sources_of_rules_are_read() -> None:
    assert len(SOURCES) > 60
    found = list(
        named("MetalLB v0.12.1 internal/config/config.go (peer, b c), validator.go; RFC 1.")
    )
    assert found == [
        Named("MetalLB", "0.12.1", "internal/config/config.go", ("peer",)),
        Named("MetalLB", "0.12.1", "internal/config/validator.go", ()),
    ]


@pytest.mark.parametrize("each", SOURCES, ids=lambda each: each.id)
def test_what_a_rule_names_of_the_source_is_there(each: Rule) -> None:
    missing = []
    for place in named(each.source):
        path = module(place.module, place.version) / place.path
        if not path.exists():
            missing.append(f"{place.path} of {place.version}")
            continue
        files = [path] if path.is_file() else sorted(path.rglob("*.go"))
        text = "\n".join(file.read_text(encoding="utf-8") for file in files)
        missing += [
            f"{name} in {place.path} of {place.version}"
            for name in place.names
            if not declared(text, name)
        ]
    assert not missing, f"{each.id} names what is not there"


@pytest.mark.parametrize(
    ("name", "there"), [("validateBGPAdvPerPool", True), ("noSuchFunction", False), ("Pool", True)]
)
def test_a_name_is_looked_up(name: str, there: bool) -> None:
    text = (module("MetalLB", NEWEST["MetalLB"]) / "internal/config/config.go").read_text("utf-8")
    assert declared(text, name) is there
