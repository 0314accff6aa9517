"""A stack has the same name in every command, in any organization."""

import json
from contextlib import contextmanager

import pytest

from metallb.cli import main
from metallb.problems.errors import ConfigError
from metallb.runner.stack import StackRunner
from metallb.stackfile.paths import backend_name, stack_path
from tests.support.paths import STACKS

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
def test_an_organization_is_part_of_the_backends_name_and_not_of_the_files(given, name):
    assert stack_path(given).absolute() == FILE
    assert backend_name(given) == name
    assert StackRunner(given).name == name


@pytest.mark.parametrize("given", ["acme/nosuch", "/onprem", "acme//onprem", "a/b/c/onprem"])
def test_what_is_neither_a_name_nor_a_path_is_refused(given):
    with pytest.raises(ConfigError) as caught:
        backend_name(given)
    (problem,) = caught.value.problems
    assert problem.code == "E201"
    assert given in problem.summary


def test_a_stack_of_another_project_is_refused():
    with pytest.raises(ConfigError) as caught:
        backend_name("acme/dns/onprem")
    (problem,) = caught.value.problems
    assert problem.code == "E201"
    assert "project dns" in problem.summary


@pytest.fixture
def commands(monkeypatch):
    """The engine's commands that `recover` and `record` run; the stack is empty."""
    found = []

    @contextmanager
    def engine(_):
        def run(command):
            found.append(command)
            return json.dumps({"deployment": {}})

        yield run

    monkeypatch.setattr("metallb.runner.raw.raw_engine", engine)
    return found


def test_recover_repairs_the_stack_of_the_organization_that_was_named(commands, capsys):
    assert main(["recover", "acme/onprem"]) == 0
    about = [command for command in commands if command != ["whoami", "--json"]]
    assert {command[command.index("--stack") + 1] for command in about} == {"acme/onprem"}


@pytest.mark.parametrize("name", ["check", "topology", "render"])
def test_commands_without_the_engine_take_the_same_name(capsys, name, tmp_path):
    more = ["-o", str(tmp_path / "out")] if name == "render" else []
    assert main([name, "acme/onprem", *more]) == 0
    assert main([name, "acme/dns/onprem", *more]) == 2
    shown = capsys.readouterr()
    assert "project dns" in shown.err + shown.out


@pytest.mark.parametrize(
    "name",
    [
        *("check", "destroy", "outputs", "preview", "record", "recover"),
        *("refresh", "render", "status", "topology", "up"),
    ],
)
def test_the_help_of_every_command_has_the_names_that_it_takes(capsys, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert "name of a stack (or organization/name), or path of a stack file" in (
        capsys.readouterr().out
    )
