"""A section under another name than its own is not passed over."""

import contextvars
import json
from pathlib import Path

import jsonschema
import pytest
from pulumi.runtime import config as runtime_config

from metallb.cli import main
from metallb.loading import settings
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Position
from metallb.stackfile.files import read_stack_file
from tests.support.problems import places, words
from tests.support.schema import editors
from tests.support.yaml_text import dumped
from tests.unit.stacks import CIPHERTEXT, static


def write(folder: Path, document: object) -> Path:
    path = folder / "Pulumi.x.yaml"
    path.write_text(dumped(document, sort_keys=False))
    return path


def config(**more: object) -> dict[str, object]:
    return {f"metallb:{key}": value for key, value in static().items()} | more


@pytest.mark.parametrize(
    "key",
    [
        "metalb:bgp",
        "Metallb:bgp",
        "MetalLB:bgp",
        "metal-lb:bgp",
        "metal:bgp",
        "mettallb:bgp",
        "metallb.bgp",
        "metallb/bgp",
        "bgp",
    ],
)
def test_a_key_that_is_almost_ours_is_reported_with_ours(tmp_path: Path, key: str) -> None:
    path = write(tmp_path, {"config": config(**{key: {"holdTime": "30s"}})})
    with pytest.raises(ConfigError) as caught:
        read_stack_file(path)
    (problem,) = caught.value.problems
    assert places([problem]) == [("E106", key)]
    assert key in problem.summary
    assert problem.help == "did you mean 'metallb:bgp'?"


@pytest.mark.parametrize("key", ["metallb", "metallb:", "10"])
def test_a_key_without_a_section_lists_the_sections(tmp_path: Path, key: str) -> None:
    path = write(tmp_path, {"config": config(**{key: {"bgp": {"holdTime": "30s"}}})})
    with pytest.raises(ConfigError, match=r"metallb:install, metallb:platform, metallb:bgp"):
        read_stack_file(path)


@pytest.mark.parametrize(
    "key",
    [
        "kubernetes:context",
        "acme-cloud:authToken",
        "aws:region",
        "pulumi:disable-default-providers",
        "metal:authToken",
        "platform:bgp",
        "mdb:install",
    ],
)
def test_other_products_keys_are_theirs(tmp_path: Path, key: str) -> None:
    document = {"config": config(**{key: "x"})}
    assert read_stack_file(write(tmp_path, document)).config == {key: "x"}
    editors().validate(document)


def test_an_editor_refuses_a_key_without_a_namespace() -> None:
    with pytest.raises(jsonschema.ValidationError):
        editors().validate({"config": config(bgp={})})


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("confg", "config"),
        ("Config", "config"),
        ("configs", "config"),
        ("enviroment", "environment"),
    ],
)
def test_a_misspelt_key_of_the_whole_file_is_reported(
    tmp_path: Path, key: str, nearest: str
) -> None:
    path = write(tmp_path, {key: config()} | ({} if nearest == "config" else {"config": config()}))
    with pytest.raises(ConfigError) as caught:
        read_stack_file(path)
    (problem,) = caught.value.problems
    assert places([problem]) == [("E106", key)]
    assert problem.position == Position(str(path), 1, 1)
    assert problem.help == f"did you mean '{nearest}'?"


def test_what_pulumi_writes_into_a_stack_file_is_left_alone(tmp_path: Path) -> None:
    document = {
        "secretsprovider": "passphrase",
        "encryptionsalt": "v1:abc",
        "encryptedkey": "abc",
        "environment": ["team/prod"],
        "config": config(),
    }
    assert read_stack_file(write(tmp_path, document)).sections == static()


def test_a_misspelt_key_hides_no_mistake_of_another_section(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = config(
        **{
            "metallb.bgp": {"myAsn": 1},
            "Metallb:install": {},
            "metallb:kubernetes": {"version": 1.31, "context": {"secure": CIPHERTEXT}},
        }
    )
    document["metallb:addressPools"] = {"public": {"elasticIps": ["edge"]}}
    path = write(tmp_path, {"enviroment": ["team/prod"], "config": document})
    assert main(["check", str(path), "--format", "json"]) == 2
    lines = path.read_text().splitlines()
    found = [
        (each["where"], lines[each["line"] - 1].split(":")[-2].strip())
        for each in json.loads(capsys.readouterr().out)
    ]
    assert [where for where, _ in found] == [
        "enviroment",
        "metallb.bgp",
        "Metallb:install",
        "metallb:kubernetes.version",
    ]
    assert found[-1][1] == "version"


@pytest.mark.parametrize("key", ["metallb.platform", "Metallb:platform", "platform", "metallb:"])
def test_a_section_under_a_misspelt_key_is_not_called_missing_as_well(
    tmp_path: Path, key: str
) -> None:
    document = config(**{"metallb:bgp": {"myAsn": 0}})
    document[key] = document.pop("metallb:platform")
    with pytest.raises(ConfigError) as caught:
        read_stack_file(write(tmp_path, {"config": document}))
    assert places(caught.value.problems) == [("E106", key), ("E105", "metallb:bgp.myAsn")]


def test_a_key_that_a_section_lacks_is_reported_beside_any_misspelt_key(tmp_path: Path) -> None:
    document = config(**{"metallb:": {}, "metallb:platform": {"racks": []}})
    with pytest.raises(ConfigError) as caught:
        read_stack_file(write(tmp_path, {"config": document}))
    assert ("E103", "metallb:platform.kind") in places(caught.value.problems)


def test_a_section_that_is_not_there_at_all_is_reported_beside_a_misspelt_key(
    tmp_path: Path,
) -> None:
    document = config(**{"metallb.bgp": {}})
    del document["metallb:platform"]
    with pytest.raises(ConfigError) as caught:
        read_stack_file(write(tmp_path, {"config": document}))
    assert ("E103", "metallb:platform") in places(caught.value.problems)


@pytest.mark.parametrize("value", [[], False, 0, ""])
def test_config_that_is_no_mapping_is_reported(tmp_path: Path, value: object) -> None:
    path = write(tmp_path, {"config": value})
    with pytest.raises(ConfigError) as caught:
        read_stack_file(path)
    (problem,) = caught.value.problems
    assert places([problem]) == [("E104", "config")]
    assert problem.position is not None
    assert problem.position.file == str(path)


def test_check_points_at_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {"config": config(**{"metalb:bgp": {}})})
    line = 1 + path.read_text().splitlines().index("  metalb:bgp: {}")
    assert main(["check", str(path)]) == 2
    shown = capsys.readouterr().out
    assert f"{path}:{line}:3: error[E106]: " in shown
    assert "(metalb:bgp)" in shown


def test_the_program_refuses_what_the_engine_would_hand_over_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = {**{key: json.dumps(value) for key, value in config().items()}, "metalb:bgp": "{}"}
    monkeypatch.setattr(settings.pulumi, "get_stack", lambda: "x")

    def load() -> None:
        runtime_config.set_all_config(values, [])
        settings.load_settings()

    with pytest.raises(ConfigError) as caught:
        contextvars.copy_context().run(load)
    assert places(caught.value.problems) == [("E106", "metalb:bgp")]
    assert "did you mean 'metallb:bgp'" in words(*caught.value.problems)
    values["metallb:kubernetes"] = json.dumps({"version": 1.31})
    with pytest.raises(ConfigError) as caught:
        contextvars.copy_context().run(load)
    assert ("E104", "metallb:kubernetes.version") in places(caught.value.problems)
