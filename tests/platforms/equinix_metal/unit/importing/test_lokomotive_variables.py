"""Variables of a Lokomotive configuration, and what of one can't be read."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.importing.hcl import read_lokomotive
from metallb.problems.errors import ConfigError
from tests.platforms.equinix_metal.unit.importing.samples import LOKOMOTIVE
from tests.unit.importing.inputs import (
    imported,
    written,
)


def lokomotive(folder: Path, text: str) -> Path:
    return written(folder, text, "cluster.lokocfg")


BLOCK = 'component "metallb" {{\n  address_pools = {{ default = {} }}\n}}\n'


@pytest.mark.parametrize(
    ("declared", "value", "beside", "blocks"),
    [
        ('variable "p" { default = ["198.51.100.0/28"] }\n', "var.p", "", ["198.51.100.0/28"]),
        ('variable "p" { default = "198.51.100.0" }\n', '["${var.p}/28"]', "", ["198.51.100.0/28"]),
        ('variable "p" { default = 28 }\n', '["198.51.100.0/${var.p}"]', "", ["198.51.100.0/28"]),
        ('variable "p" {}\n', "var.p", 'p = ["198.51.100.0/28"]\n', ["198.51.100.0/28"]),
        (
            'variable "p" { default = ["203.0.113.0/28"] }\n',
            "var.p",
            'p = ["198.51.100.0/28"]\n',
            ["198.51.100.0/28"],
        ),
        (
            'locals { n = 28\n p = ["${var.a}/${local.n}"] }\nvariable "a" {}\n',
            "local.p",
            'a = "198.51.100.0"\n',
            ["198.51.100.0/28"],
        ),
        ('locals { p = ["198.51.100.0/28"] }\n', "local.p", "", ["198.51.100.0/28"]),
    ],
)
def test_a_variable_with_a_value_is_used(
    declared: str, value: str, beside: str, blocks: list[str], tmp_path: Path
) -> None:
    if beside:
        written(tmp_path, beside, "lokocfg.vars")
    path = lokomotive(tmp_path, declared + BLOCK.format(value))
    made = read_lokomotive(path, version="0.16.2")
    assert made.sections["addressPools"]["default"]["addresses"] == blocks
    assert "var" not in value or any("variable p" in note for note in made.notes)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ('p=["198.51.100.0/28"]', "var.p"),
        ("p=198.51.100.0/28", "[var.p]"),
        ("p=28", '["198.51.100.0/${var.p}"]'),
        ('p={a = ["198.51.100.0/28"]}', ""),
    ],
)
def test_a_value_of_the_command_line_comes_before_the_files(
    typed: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, 'p = ["203.0.113.0/28"]\n', "lokocfg.vars")
    block = BLOCK.format(value)
    if not value:
        block = 'component "metallb" {\n  address_pools = var.p\n}\n'
    path = lokomotive(tmp_path, 'variable "p" { default = 1 }\n' + block)
    sections, lines = imported(capsys, str(path), "--var", typed)
    (pool,) = sections["metallb:addressPools"].values()
    assert pool["addresses"] == ["198.51.100.0/28"]
    assert any("variable p: its value in --var is used" in each for each in lines)


@pytest.mark.parametrize("typed", ["p", "=x", "1p=x", "p=[1"])
def test_a_value_of_another_form_is_refused(
    typed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lokomotive(tmp_path, BLOCK.format("var.p"))
    with contextlib.suppress(SystemExit):
        assert main(["import", str(path), "--var", typed]) == 2
    assert "--var" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "help"), [("pol=x", "did you mean pool?"), ("other=x", "leave it out")]
)
@pytest.mark.parametrize("command", ["import", "check"])
def test_a_value_of_no_variable_is_refused(
    command: str, typed: str, help: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lokomotive(tmp_path, 'variable "pool" { default = "x" }\n' + BLOCK.format("[var.pool]"))
    assert main([command, str(path), "--var", typed]) == 2
    shown = "".join(capsys.readouterr())
    assert f"no file has a variable {typed.partition('=')[0]} (--var)" in shown
    assert help in shown


def test_a_check_takes_values_as_import_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lokomotive(tmp_path, BLOCK.format("[var.p]"))
    assert main(["check", str(path)]) == 2
    assert "variable p has no value" in capsys.readouterr().out
    assert main(["check", str(path), "--var", "p=198.51.100.0/28"]) == 0
    assert "placeholder" in capsys.readouterr().out


def test_files_of_one_cluster_are_read_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = written(
        tmp_path,
        'variable "p" {}\ncluster "packet" {\n  cluster_name = "c"\n  facility = "ewr1"\n'
        '  worker_pool "a" { count = 1 }\n}\n',
        "cluster.lokocfg",
    )
    block = written(tmp_path, BLOCK.format("var.p"), "metallb.lokocfg")
    written(tmp_path, 'p = ["198.51.100.0/28"]\n', "lokocfg.vars")
    sections, _ = imported(capsys, str(cluster), str(block))
    assert sections["metallb:platform"]["nodes"] == [{"hostname": "c-a-worker-0"}]
    assert imported(capsys, str(tmp_path))[0] == sections
    assert main(["check", str(tmp_path), "--format", "json"]) == 0
    capsys.readouterr()
    written(tmp_path, BLOCK.format("[var.q]"), "metallb.lokocfg")
    main(["check", str(tmp_path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["code"], found["file"]) == ("E114", str(block))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (BLOCK.format("var.p"), "variable p "),
        ('variable "p" {}\n' + BLOCK.format('["${var.p}/28"]'), "variable p "),
        ('variable "p" {}\n' + BLOCK.format("[var.p]"), "variable p "),
        (
            'component "metallb" {\n  address_pools = { a = ["198.51.100.0/28"] }\n'
            "  service_monitor = var.p\n}\n",
            "variable p ",
        ),
        (BLOCK.format("local.p"), "local p has no value"),
        ("locals { p = var.q }\n" + BLOCK.format("local.p"), "variable q has no value"),
        (
            'variable "q" { default = true }\n' + BLOCK.format("concat(var.q, local.p)"),
            "default is an expression of variable q, local p",
        ),
        ("locals { p = local.p }\n" + BLOCK.format("local.p"), "local p has no value"),
        (BLOCK.format('["198.51.100.0/28"]') + BLOCK.format('["203.0.113.0/28"]'), "2 blocks"),
    ],
)
def test_what_has_no_value_and_what_would_be_lost_is_named(
    text: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lokomotive(tmp_path, text)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["id"] == "FORM"
    assert fault in found["seen"]
    assert imported(capsys, str(path), code=2)[0] == {}


@pytest.mark.parametrize(
    ("block", "corrected"),
    [("198.51.100.5/28", "198.51.100.0/28"), ("198.51.100.9/31", "198.51.100.8/31")],
)
def test_host_bits_are_corrected_with_a_note(
    block: str, corrected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lokomotive(tmp_path, BLOCK.format(json.dumps([block, "203.0.113.0/28"])))
    main(["check", str(path), "--format", "json"])
    found = {each["id"]: each["severity"] for each in json.loads(capsys.readouterr().out)}
    assert found["A17"] == "warning"
    assert "error" not in found.values()
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:addressPools"]["default"]["addresses"] == [corrected, "203.0.113.0/28"]
    assert [each for each in lines if block in each and corrected in each]


def test_workers_that_can_not_be_counted_are_named(tmp_path: Path) -> None:
    path = lokomotive(
        tmp_path,
        'cluster "packet" {\n  cluster_name = "c"\n  worker_pool "a" { count = var.n }\n'
        '  worker_pool "b" { count = 1 }\n}\n' + BLOCK.format('["198.51.100.0/28"]'),
    )
    made = read_lokomotive(path, version="0.16.2")
    nodes: list[Any] = made.sections["platform"]["nodes"]
    assert [each["hostname"] for each in nodes] == ["c-b-worker-0"]
    assert any("worker_pool a" in note for note in made.notes)


@pytest.mark.parametrize(
    ("old", "new", "code", "mark"),
    [
        ("address_pools", "address_pool", "E102", "address_pool "),
        ('"147.63.8.20/32"', "var.block", "E114", "default "),
        ('"147.85.41.46/32"', '"${a.b}"', "E114", '"${a.b}"'),
        ('"worker3"', '"worker${count}"', "E114", '"worker${count}"'),
        ('component "metallb"', 'component "contour"', "E113", ""),
        ('component "metallb" {', 'component "metallb" {{', "E101", "{"),
        ("value1", 'value1"\n    flavour = "x', "E102", "flavour"),
        ("= true\n", '= "maybe"\n', "E104", '"maybe"'),
    ],
)
def test_a_lokomotive_block_that_can_not_be_read_is_refused(
    tmp_path: Path, old: str, new: str, code: str, mark: str
) -> None:
    path = tmp_path / "cluster.lokocfg"
    text = LOKOMOTIVE.replace(old, new)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_lokomotive(path, version="0.16.2")
    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.position is not None
    assert problem.position.file == str(path)
    if mark:
        line = text.splitlines()[problem.position.line - 1]
        assert line[problem.position.column - 1 :].startswith(mark)
