"""The reference of the stack file says what the models say."""

import copy
from typing import Any

import pytest

from metallb.platforms.registry import platforms
from metallb.problems.errors import ConfigError
from metallb.routing.fields import declared, words_for
from metallb.routing.stack_keys import LEVELS, Level, keys_at, spelled_key
from metallb.routing.table import spec_of
from metallb.stackfile import stack_config
from metallb.stackfile.json_schema import stack_file_schema
from tests.support.programs import sections
from tools.docs.paths import STACK_FILE_PAGE
from tools.docs.stack_file import NOTES, Reference


def test_the_page_is_what_the_models_make() -> None:
    assert STACK_FILE_PAGE.read_text() == Reference().page(), "run: python -m tools.docs stack-file"


def test_every_key_of_the_schema_is_on_the_page() -> None:
    text = STACK_FILE_PAGE.read_text()
    missing = [
        f"{name}.{key}"
        for name, definition in stack_file_schema()["$defs"].items()
        for key in definition.get("properties", {})
        if f"{key}`" not in text and f"{key}[]`" not in text and f"{key}.<name>`" not in text
        if name != "Secret"
    ]
    assert missing == []


def test_every_row_has_a_value_a_default_and_a_description() -> None:
    rows = [line for line in STACK_FILE_PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 80
    for row in rows:
        assert all(cell.strip() for cell in row.replace("\\|", "/").strip("|").split("|")), row


def with_value(path: str, value: Any, stack: str) -> dict[str, Any]:
    """A shipped stack's sections with one value set by its dotted path."""
    found = copy.deepcopy(sections(stack))
    *steps, last = path.split(".")
    here: Any = found
    for step in steps:
        here = here[int(step)] if step.isdecimal() else here.setdefault(step, {})
    here[last] = value
    return found


TOLERATIONS = "install.controller.tolerations"
BROKEN = [
    ("Rack", "platform.racks.0.nodeSelectors", {"a": "b"}, "onprem"),
    ("Toleration", TOLERATIONS, [{"key": "a", "operator": "Exists", "value": "b"}], "onprem"),
    ("Toleration", TOLERATIONS, [{"operator": "Equal", "value": "b"}], "onprem"),
    ("Toleration", TOLERATIONS, [{"key": "a", "tolerationSeconds": 3}], "onprem"),
    ("AddressPool", "addressPools.empty", {}, "onprem"),
    ("Kubernetes", "kubernetes.renderTo", "build/x", "onprem"),
    ("Install", "install.version", "0.15.3", "onprem"),
    ("Install", "install.bgpMode", "frr", "onprem"),
    ("Install", "install", {"version": "0.12.1", "loadBalancerClass": "a"}, "onprem"),
    ("Install", "install", {"version": "0.12.1", "networkPolicy": True}, "onprem"),
    ("Install", "install", {"version": "0.12.1", "source": "helm"}, "onprem"),
]


def is_refused(model: str, path: str, value: Any, stack: str) -> None:
    """The page has a note about the model, and a file that breaks it is refused."""
    assert model in NOTES
    with pytest.raises(ConfigError):
        stack_config(with_value(path, value, stack), source="test")


@pytest.mark.parametrize(("model", "path", "value", "stack"), BROKEN)
def test_a_note_on_the_page_says_what_the_model_refuses(
    model: str, path: str, value: Any, stack: str
) -> None:
    is_refused(model, path, value, stack)


def test_every_note_that_forbids_something_is_tried() -> None:
    of_platforms = {name for each in platforms() for name in each.section_texts.notes}
    assert {model for model, *_ in BROKEN} | {"StaticNode"} == set(NOTES) - of_platforms


def test_a_bare_host_name_is_short_for_a_node() -> None:
    long = with_value("platform.racks.0.nodes", [{"hostname": "n1"}], "onprem")
    short = with_value("platform.racks.0.nodes", ["n1"], "onprem")
    assert stack_config(long, source="a") == stack_config(short, source="a")


ROWS = {
    Level.ALL_PEERS: ("metallb:bgp", "{}"),
    Level.RACK: ("metallb:platform, kind static", "racks[].{}"),
    Level.ROUTER: ("metallb:platform, kind static", "racks[].routers[].{}"),
    Level.NODE: ("metallb:platform, kind static", "racks[].nodes[].{}"),
    Level.POOL: ("metallb:addressPools", "<pool>.{}"),
    Level.ADVERTISEMENT: ("metallb:addressPools", "<pool>.advertisements.<name>.{}"),
    Level.LAYER2: ("metallb:addressPools", "<pool>.layer2.<name>.{}"),
    Level.PROFILE: ("metallb:bgp", "bfdProfiles.<name>.{}"),
}
"""Section and row of a key, by its level."""
KEYS = [
    (kind, name, level)
    for kind, levels in LEVELS.items()
    for level in levels
    for name in keys_at(kind, level)
]


@pytest.mark.parametrize(("kind", "name", "level"), KEYS)
def test_a_key_says_in_which_modes_and_releases_metallb_has_it(
    kind: str, name: str, level: Level
) -> None:
    title, row = ROWS[level]
    _, _, rest = STACK_FILE_PAGE.read_text().partition(f"\n## {title}\n")
    section = rest.partition("\n## ")[0]
    key = row.format(spelled_key(kind, name, level))
    lines = [
        line
        for line in section.splitlines()
        if any(line.startswith(f"| `{key}{shape}`") for shape in ("", "[]", ".<name>"))
    ]
    assert len(lines) == 1
    assert words_for(declared(spec_of(kind), name)) in lines[0]
