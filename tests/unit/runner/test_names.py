"""A stack is called the same by every command, in whichever organization it is."""

import json
from contextlib import contextmanager

import pytest

from metallb.cli import main
from metallb.config.paths import STACKS, backend_name, stack_path
from metallb.errors import ConfigError, EngineError
from metallb.runner.stack import StackRunner

FILE = STACKS / "Pulumi.onprem.yaml"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("onprem", "onprem"),
        ("acme/onprem", "acme/onprem"),
        ("acme/metallb/onprem", "acme/metallb/onprem"),
        (str(FILE), "onprem"),
    ],
)
def test_an_organization_in_front_is_the_backends_and_the_file_stays_the_stacks(given, name):
    assert stack_path(given) == FILE
    assert backend_name(given) == name
    assert StackRunner(given).name == name


@pytest.mark.parametrize("given", ["acme/nosuch", "/onprem", "acme//onprem", "a/b/c/onprem"])
def test_what_is_neither_a_name_nor_a_path_is_refused(given):
    with pytest.raises(ConfigError, match="neither a file nor a stack"):
        backend_name(given)


def test_a_stack_of_another_project_is_refused():
    with pytest.raises(ConfigError, match="project dns"):
        backend_name("acme/dns/onprem")


@pytest.fixture
def asked(monkeypatch):
    """What `recover` and `record` ask the engine, which knows of an empty stack."""
    commands = []

    @contextmanager
    def engine(_):
        def run(command):
            commands.append(command)
            return json.dumps({"deployment": {}})

        yield run

    monkeypatch.setattr("metallb.runner.raw.raw_engine", engine)
    return commands


def test_recover_repairs_the_stack_of_the_organization_that_was_named(asked, capsys):
    assert main(["recover", "acme/onprem"]) == 0
    about = [command for command in asked if command != ["whoami", "--json"]]
    assert {command[command.index("--stack") + 1] for command in about} == {"acme/onprem"}


def test_record_reads_the_stack_of_the_organization_that_was_named(asked, capsys, tmp_path):
    target = tmp_path / "answers.yaml"
    assert main(["record", "acme/packet", "-o", str(target)]) == 2
    assert asked == [["stack", "export", "--stack", "acme/packet"]]
    assert "metallb up acme/packet, then record again" in capsys.readouterr().err


def test_record_names_a_file_elsewhere_by_its_path(monkeypatch, capsys, tmp_path):
    @contextmanager
    def engine(_):
        def run(_):
            raise EngineError(where="x", seen="no stack named 'lab' found", rule="x")

        yield run

    path = tmp_path / "Pulumi.lab.yaml"
    path.write_text((STACKS / "Pulumi.packet.yaml").read_text())
    monkeypatch.setattr("metallb.runner.raw.raw_engine", engine)
    assert main(["record", str(path)]) == 2
    assert f"metallb up {path}, then record again" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["check", "topology", "render"])
def test_commands_that_ask_nobody_take_the_same_name(capsys, name, tmp_path):
    more = ["-o", str(tmp_path / "out")] if name == "render" else []
    assert main([name, "acme/onprem", *more]) == 0
    assert main([name, "acme/dns/onprem", *more]) == 2
    told = capsys.readouterr()
    assert "project dns" in told.err + told.out


@pytest.mark.parametrize(
    "name",
    [
        *("check", "destroy", "outputs", "preview", "record", "recover"),
        *("refresh", "render", "status", "topology", "up"),
    ],
)
def test_every_command_says_which_names_it_takes(capsys, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert "name of a stack (or organization/name), or path of a stack file" in (
        capsys.readouterr().out
    )
