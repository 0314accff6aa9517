"""Shipped stack files, their schema, and reading files that are not what they should be."""

from pathlib import Path

import jsonschema
import pytest

from metallb.models.encrypted import Encrypted
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file
from metallb.stackfile.json_schema import schema_text, stack_file_schema
from tests.support.paths import STACKS
from tests.support.schema import editors
from tests.support.yaml_text import loaded
from tests.unit.stacks import CIPHERTEXT

SHIPPED = sorted(STACKS.glob("Pulumi.*.yaml"))


def test_a_template_for_racks_is_shipped() -> None:
    assert STACKS / "Pulumi.onprem.yaml" in SHIPPED


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_stack_is_valid_as_it_stands(path: Path) -> None:
    stack = stack_config(read_stack_file(path).sections, source=path.name)
    assert [each for each in check_stack(stack) if each.is_error] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_stack_is_completed_by_editors(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    editors().validate(loaded(text))


def test_the_schema_file_says_what_the_models_say() -> None:
    assert (STACKS / "schema.json").read_text() == schema_text(), "run: metallb schema"


def test_the_schema_is_one_and_describes_every_key() -> None:
    schema = stack_file_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    undescribed = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        if name not in ("Secret", "LabelSelector")
        for key, value in definition.get("properties", {}).items()
        if not value.get("description")
    ]
    assert undescribed == []


@pytest.mark.parametrize(
    "document",
    [
        {"config": {"metallb:instal": {}}},
        {"config": {"metallb:platform": {"kind": "static", "racks": []}}},
        {"config": {"metallb:platform": {"kind": "static"}, "metallb:addressPools": {}}},
    ],
)
def test_the_schema_refuses_what_the_program_refuses(document: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        editors().validate(document)


def test_an_encrypted_value_is_kept_sealed_and_its_section_is_known(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(
        f"config:\n  metallb:bgp:\n    password: {{secure: {CIPHERTEXT}}}\n  aws:region: x\n"
    )
    read = read_stack_file(path)
    assert isinstance(read.sections["bgp"]["password"], Encrypted)
    assert read.secret_sections == {"bgp"}
    assert read.config == {"aws:region": "x"}


@pytest.mark.parametrize(
    ("data", "code", "fault"),
    [
        (b"config: {a: 1, a: 2}", "E108", "the key 'a' is written twice"),
        (b"config: [\n", "E101", "is not closed"),
        (b"\xff\xfe\x00", "E101", "UTF-8"),
        (b"a: &x [1]\nb: *x\n", "E101", "an alias is used"),
        (b"- a\n", "E104", "not a mapping"),
        (b"config: 5\n", "E104", "not a mapping"),
        (b"a: " + b"[" * 100 + b"]" * 100, "E112", "nested deeper than"),
        (b"a: \x00\n", "E101", "U+0000"),
    ],
)
def test_bytes_that_are_no_stack_file_are_refused_with_the_place(
    tmp_path: Path, data: bytes, code: str, fault: str
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_stack_file(path)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert fault in problem.summary
    assert problem.help
    assert problem.position is not None
    assert problem.position.file == str(path)
