"""Sections and keys of a stack file in the wrong place, and Python's names of keys."""

import contextvars
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime import config as runtime_config

from metallb.importing.reading import read_foreign
from metallb.loading import settings
from metallb.problems.errors import ConfigError
from metallb.problems.problem import spelled
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file
from tests.support.problems import places
from tests.support.schema import editors
from tests.unit.importing.samples import RESOURCES
from tests.unit.stackfile.stack_texts import BGP, GOOD, PLATFORM, POOLS, checked, indented
from tests.unit.stacks import static

MISPLACED = {
    "a section at the left margin": (
        f"config:\n{indented(PLATFORM + POOLS)}{BGP}",
        [("metallb:bgp", "metallb:bgp:")],
    ),
    "a section at the left margin, with those that follow it": (
        f"config:\n{indented(PLATFORM)}{BGP}{indented(POOLS)}",
        [("metallb:bgp", "metallb:bgp:")],
    ),
    "the first sections at the left margin": (
        f"{PLATFORM}config:\n{indented(POOLS + BGP)}",
        [("metallb:platform", "metallb:platform:")],
    ),
    "a section of another program at the left margin": (
        f"{GOOD}kubernetes:context: prod\n",
        [("kubernetes:context", "kubernetes:context")],
    ),
    "other programs' keys at the left margin": (
        f"{GOOD}aws:region: x\nacme-cloud:authToken: y\n",
        [("aws:region", "aws:region"), ("acme-cloud:authToken", "acme-cloud:authToken")],
    ),
    "a misspelt section at the left margin": (
        f"config:\n{indented(PLATFORM + POOLS)}metalb:bgp: {{}}\n",
        [("metalb:bgp", "metalb:bgp")],
    ),
    "sections below their namespace at the left margin": (
        f"{GOOD}metallb:\n  bgp: {{}}\n",
        [("metallb", "metallb:")],
    ),
    "a section in capitals at the left margin": (
        f"config:\n{indented(PLATFORM + POOLS)}METALLB:BGP: {{}}\n",
        [("METALLB:BGP", "METALLB:BGP")],
    ),
    "a section without its namespace at the left margin": (
        f"config:\n{indented(PLATFORM + BGP)}{POOLS.removeprefix('metallb:')}",
        [("addressPools", "addressPools:")],
    ),
    "all sections below an empty config": (
        f"config:\n{PLATFORM}{POOLS}",
        [
            ("metallb:platform", "metallb:platform:"),
            ("metallb:addressPools", "metallb:addressPools:"),
        ],
    ),
    "no config": (PLATFORM + POOLS + BGP, [("config", "metallb:platform:")]),
    "no config, but what Pulumi writes": (
        f"encryptionsalt: v1:x\n{PLATFORM}{POOLS}",
        [("config", "metallb:platform:")],
    ),
    "nothing at all": ("\n", [("config", "")]),
    "comments alone": ("# nothing\n", [("config", "# nothing")]),
    "another file": ("replicas: 3\nimage: x\n", [("config", "replicas")]),
    "config in capitals": (f"Config:\n{indented(PLATFORM + POOLS)}", [("Config", "Config:")]),
    "a key of a project": (f"{GOOD}runtime: python\n", [("runtime", "runtime")]),
    "Python's spelling of Pulumi's key": (
        f"{GOOD}secretsProvider: x\n",
        [("secretsProvider", "secretsProvider")],
    ),
    "a key of a section at the left margin": (
        f"{GOOD}myAsn: 64512\n",
        [("myAsn", "myAsn")],
    ),
    "a key of a section directly below config": (
        f"config:\n{indented(PLATFORM + POOLS)}  myAsn: 64512\n",
        [("myAsn", "myAsn")],
    ),
    "a section inside another": (
        f"config:\n{indented(PLATFORM)}{indented(BGP, 4)}{indented(POOLS)}",
        [("metallb:platform.metallb:bgp", "metallb:bgp:")],
    ),
    "a required section inside another": (
        f"config:\n{indented(PLATFORM)}{indented(POOLS, 4)}",
        [("metallb:platform.metallb:addressPools", "metallb:addressPools:")],
    ),
    "a section inside free names": (
        f"config:\n{indented(PLATFORM + POOLS)}{indented(BGP, 4)}",
        [("metallb:addressPools.metallb:bgp", "metallb:bgp:")],
    ),
    "a section inside an entry of a list": (
        f"config:\n{indented(PLATFORM)}{indented(BGP, 8)}{indented(POOLS)}",
        [("metallb:platform.racks[0].metallb:bgp", "metallb:bgp:")],
    ),
    "another program's key inside a section": (
        f"config:\n{indented(PLATFORM)}    kubernetes:context: x\n{indented(POOLS)}",
        [("metallb:platform.kubernetes:context", "kubernetes:context")],
    ),
    "a key in another section": (
        f"config:\n{indented(PLATFORM)}    myAsn: 5\n{indented(POOLS)}",
        [("metallb:platform.myAsn", "myAsn")],
    ),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_what_is_in_the_wrong_place_is_the_one_problem(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected = MISPLACED[name]
    assert checked(tmp_path, text, capsys) == expected
    try:
        document = yaml.safe_load(text) or {}
    except ValueError:
        document = {}
    assert not editors().is_valid(document)


def test_sections_in_place_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = GOOD.replace("public:", "bgp:")  # a pool may have a section's name
    extra = "kubernetes:context: prod\nacme-cloud:authToken: x\naws:region: eu\n"
    top = "encryptionsalt: v1:x\nsecretsprovider: passphrase\nencryptedkey: x\nenvironment: [a]\n"
    assert checked(tmp_path, f"{named}{indented(extra)}{top}", capsys) == []


def test_a_section_that_is_there_twice_has_to_be_merged(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD + BGP)
    with pytest.raises(ConfigError) as caught:
        read_stack_file(path)
    (problem,) = caught.value.problems
    assert problem.code == "E106"
    assert "metallb:bgp below config:" in problem.help


def test_problems_of_sections_in_place_come_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace("64512", "0") + "metallb:kubernetes:\n  version: 1.31\n"
    where = [key for key, _ in checked(tmp_path, text, capsys)]
    assert where == ["metallb:kubernetes", "metallb:bgp.myAsn"]


def program(path: Path, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's reading of the engine's values, with a stack file that the engine has read."""
    folder = path.parent / "stacks"
    folder.mkdir(exist_ok=True)
    (folder / path.name).write_text(path.read_text())
    monkeypatch.setattr(settings, "project_folder", lambda: path.parent)
    monkeypatch.setattr(settings.pulumi, "get_stack", lambda: "x")

    def load() -> None:
        runtime_config.set_all_config({key: json.dumps(each) for key, each in values.items()}, [])
        settings.load_settings()

    contextvars.copy_context().run(load)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"config:\n{indented(PLATFORM + POOLS)}{BGP}", "metallb:bgp"),
        (GOOD.replace("64512", "064512"), "metallb:bgp.myAsn"),
    ],
)
def test_the_program_refuses_what_the_engine_does_not_hand_over(
    text: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)
    values = dict(yaml.safe_load(text)["config"])
    with pytest.raises(ConfigError) as caught:
        program(path, values, monkeypatch)
    (problem,) = caught.value.problems
    assert spelled(problem.location) == where
    assert problem.position is None or problem.position.file.endswith("Pulumi.x.yaml")
    # The engine has read another file (--config-file): this one does not matter.
    del values["metallb:addressPools"]
    with pytest.raises(ConfigError) as caught:
        program(path, values, monkeypatch)
    assert where not in [spelled(each.location) for each in caught.value.problems]


SNAKES: list[tuple[dict[str, Any], str, str]] = [
    (static(bgp={"my_asn": 64512}), "metallb:bgp.my_asn", "myAsn"),
    (static(bgp={"ebgp_multi_hop": True}), "metallb:bgp.ebgp_multi_hop", "ebgpMultiHop"),
    (
        static(bgp={"bfdProfiles": {"fast": {"receive_interval": 300}}}),
        "metallb:bgp.bfdProfiles.fast.receive_interval",
        "receiveInterval",
    ),
    (
        static(addressPools={"p": {"addresses": ["203.0.113.0/28"], "auto_assign": True}}),
        "metallb:addressPools.p.auto_assign",
        "autoAssign",
    ),
    (
        static(
            addressPools={
                "p": {
                    "addresses": ["203.0.113.0/28"],
                    "advertisements": {"a": {"node_selectors": [{"matchLabels": {"a": "b"}}]}},
                }
            }
        ),
        "metallb:addressPools.p.advertisements.a.node_selectors",
        "nodeSelectors",
    ),
    (
        static(
            addressPools={
                "p": {
                    "addresses": ["203.0.113.0/28"],
                    "advertisements": {"a": {"nodeSelectors": [{"match_labels": {"a": "b"}}]}},
                }
            }
        ),
        "metallb:addressPools.p.advertisements.a.nodeSelectors[0].match_labels",
        "matchLabels",
    ),
    (
        static(
            addressPools={
                "p": {
                    "addresses": ["203.0.113.0/28"],
                    "serviceAllocation": {"service_selectors": []},
                }
            }
        ),
        "metallb:addressPools.p.serviceAllocation.service_selectors",
        "serviceSelectors",
    ),
    (static(install={"bgp_mode": "native"}), "metallb:install.bgp_mode", "bgpMode"),
    (
        static(install={"monitoring": {"service_monitor": True}}),
        "metallb:install.monitoring.service_monitor",
        "serviceMonitor",
    ),
    (static(kubernetes={"render_to": "x"}), "metallb:kubernetes.render_to", "renderTo"),
]


@pytest.mark.parametrize(("sections", "where", "key"), SNAKES, ids=[each[1] for each in SNAKES])
def test_a_name_of_pythons_is_no_key(sections: dict[str, Any], where: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="x")
    found = {spelled(each.location): (each.code, each.help) for each in caught.value.problems}
    assert found[where] == ("E102", f"did you mean '{key}'?")


@pytest.mark.parametrize(
    ("before", "after"),
    [("myASN: 64500", "my_asn: 64500"), ("autoAssign: false", "auto_assign: false")],
)
def test_a_custom_resource_has_no_such_names_either(
    before: str, after: str, tmp_path: Path
) -> None:
    path = tmp_path / "objects.yaml"
    path.write_text(RESOURCES.replace(before, after))
    with pytest.raises(ConfigError):
        read_foreign(path)


def test_a_key_whose_path_was_not_split_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(GOOD.replace("  metallb:bgp:\n    myAsn", "  metallb:bgp.myAsn"))
    with pytest.raises(ConfigError) as caught:
        stack_config(read_stack_file(path).sections, source="x")
    (problem,) = caught.value.problems
    assert places([problem]) == [("E102", "metallb:bgp.myAsn")]
    assert "--path" in problem.help
