"""The schema by which editors check a stack file takes what `check` takes, encrypted or not."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import ConfigError
from metallb.stackfile.files import read_stack_file
from metallb.stackfile.json_schema import stack_file_schema
from metallb.stackfile.sealed import stack_for_rules
from tests.support.schema import editors
from tests.support.yaml_text import dumped
from tests.unit.stacks import CIPHERTEXT

ENCRYPTED = {"secure": CIPHERTEXT}
INSTALL: dict[str, Any] = {
    "version": "0.16.2",
    "source": "builtin",
    "memberlistSecret": "x" * 32,
    "networkPolicy": False,
    "imagePullSecrets": ["mirror"],
    "helmValues": {"a": {"b": 1}},
    "speaker": {
        "logLevel": "debug",
        "ignoreExcludeLb": True,
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "nodeSelectors": {"rack": "a"},
        "resources": {"limits": {"cpu": "1", "memory": "64Mi"}},
    },
    "monitoring": {"serviceMonitor": True, "prometheus": {"name": "p"}},
}
STATIC: dict[str, Any] = {
    "platform": {
        "kind": "static",
        "sharedPeers": False,
        "racks": [
            {
                "name": "a",
                "nodes": ["a1", {"hostname": "a2", "sourceAddress": "10.0.0.2"}],
                "routers": [{"address": "10.1.0.1", "asn": 64601, "port": 179, "password": "x"}],
            },
            {
                "name": "b",
                "nodeSelectors": {"r": "b"},
                "routers": [{"address": "10.1.0.2"}],
                "sharedRouters": ["gw"],
            },
        ],
        "sharedRouters": {"gw": {"address": "10.1.0.3", "password": "x"}},
    },
    "addressPools": {
        "public": {
            "addresses": ["203.0.113.0/28"],
            "autoAssign": True,
            "advertisements": {"default": {"localPref": 100, "communities": ["1:2"]}},
        }
    },
    "install": INSTALL,
    "bgp": {
        "myAsn": 64500,
        "peerAsn": 64600,
        "holdTime": "9s",
        "maxPrefixes": 50,
        "password": "x",
        "bfdProfiles": {"fast": {"receiveInterval": 300, "echoMode": False}},
        "communities": {"blue": "1:2"},
    },
    "kubernetes": {"context": "prod", "nodeCidrs": ["10.0.0.0/24"]},
    "preflight": {"ignore": [{"id": "M1", "reason": "support raised our limit"}]},
}


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Every key and every entry, sections first."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[step], *path, step)


def changed(sections: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    found = copy.deepcopy(sections)
    here: Any = found
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return {"config": {f"metallb:{key}": section for key, section in found.items()}}


def is_taken(document: dict[str, Any], folder: Path) -> bool:
    """Whether the program has nothing against its form."""
    path = folder / "Pulumi.x.yaml"
    path.write_text(dumped(document), encoding="utf-8")
    try:
        stack_for_rules(read_stack_file(path), str(path))
    except ConfigError:
        return False
    return True


def is_valid(document: dict[str, Any]) -> bool:
    return bool(editors().is_valid(document))


def may_be_encrypted(sections: dict[str, Any], folder: Path) -> None:
    """Every value and every section may stand encrypted, for the program and for an editor."""
    documents = {path: changed(sections, path, ENCRYPTED) for path in places(sections)}
    assert [path for path, each in documents.items() if not is_taken(each, folder)] == []
    assert [path for path, each in documents.items() if not editors().is_valid(each)] == []


def test_every_value_and_every_section_may_stand_encrypted(tmp_path: Path) -> None:
    may_be_encrypted(STATIC, tmp_path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bgp", "myAsn"), "64500"),
        (("platform", "sharedPeers"), "true"),
        (("platform", "racks", 0, "routers", 0, "port"), "179"),
        (("bgp", "maxPrefixes"), None),
        (("bgp", "password"), None),
        (("kubernetes", "context"), None),
    ],
)
def test_other_spellings_that_the_program_takes_are_not_marked(
    path: tuple[Any, ...], value: Any, tmp_path: Path
) -> None:
    document = changed(STATIC, path, value)
    assert is_taken(document, tmp_path)
    assert is_valid(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bgp", "myAsn"), "sixty"),
        (("bgp", "myAsn"), 0),
        (("bgp", "holdTime"), 9),
        (("bgp", "holdTime"), {"secured": "v1:abc"}),
        (("bgp", "pasword"), ENCRYPTED),
        (("platform", "kind"), "gcp"),
        (("platform", "racks"), []),
        (("platform", "sharedPeers"), "perhaps"),
        (("platform", "racks", 0, "routers"), {**ENCRYPTED, "address": "10.1.0.1"}),
    ],
)
def test_what_the_program_refuses_is_marked_as_before(
    path: tuple[Any, ...], value: Any, tmp_path: Path
) -> None:
    document = changed(STATIC, path, value)
    assert not is_taken(document, tmp_path)
    assert not is_valid(document)


def shows(model: str, key: str, plain: dict[str, Any]) -> None:
    """An editor shows a key's text, and fills in what a plain value is."""
    found = stack_file_schema()["$defs"][model]["properties"][key]
    assert found["description"]
    assert "default" in found
    assert found["anyOf"][0] == plain


def test_an_editor_shows_and_fills_in_what_a_plain_value_is() -> None:
    shows("Bgp", "sourceAddress", {"type": "boolean"})
