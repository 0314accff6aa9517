"""The copies that the engine writes to, and the backend that it gets."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from metallb.program.pulumi_cli import PulumiCli
from metallb.runner.command import EngineCommand
from metallb.runner.raw import file_backend
from metallb.runner.workspace import scratch_workspace
from tests.support.paths import PROJECT_ROOT

CLI = """#!/bin/bash
[ "$1" = version ] && echo v3.259.0 && exit
echo "$PWD|$PULUMI_BACKEND_URL|$*" >> "$LOG"
echo "$PULUMI_CONFIG_PASSPHRASE_FILE" > "$LOG.passphrase"
for file in stacks/*; do echo 'encryptionsalt: v1:made-by-the-engine' >> "$file"; done
"""


class Setting:
    """A project with one stack file, and a CLI that writes to every stack file it finds."""

    def __init__(self, folder, monkeypatch):
        self.project = folder / "project"
        (self.project / "stacks").mkdir(parents=True)
        shutil.copy(PROJECT_ROOT / "Pulumi.yaml", self.project)
        self.log = folder / "log"
        monkeypatch.setenv("LOG", str(self.log))
        cli = folder / "bin" / "pulumi"
        cli.parent.mkdir()
        cli.write_text(CLI)
        cli.chmod(0o755)
        self.command = EngineCommand(PulumiCli(str(cli)))
        self.file = self.project / "stacks" / "Pulumi.demo.yaml"
        self.file.write_text("config: {}\n")

    def workspace(self):
        return scratch_workspace(self.project, self.file, self.command)

    def commands(self):
        return [line.split("|") for line in self.log.read_text().splitlines()]


@pytest.fixture
def setting(tmp_path, monkeypatch):
    return Setting(tmp_path, monkeypatch)


def test_making_a_stack_writes_to_the_copy_and_never_to_the_file(setting):
    with setting.workspace() as workspace:
        workspace.create_stack("demo")
        assert "made-by-the-engine" in workspace.config_file.read_text()
    assert setting.file.read_text() == "config: {}\n"


def test_a_file_with_a_secrets_provider_is_used_as_it_is(setting):
    text = "config: {}\nsecretsprovider: awskms://alias/x\nencryptedkey: abc\n"
    setting.file.write_text(text)
    with setting.workspace() as workspace:
        workspace.create_stack("demo")
        assert workspace.config_file.read_text() == text


def test_the_copies_are_gone_afterwards(setting):
    with setting.workspace() as workspace:
        scratch = workspace.scratch
    assert not scratch.exists()


def test_looking_for_a_stack_selects_nothing(setting):
    with setting.workspace() as workspace:
        workspace.select_stack("demo")
    ((_, _, words),) = setting.commands()
    assert words == "--non-interactive stack --show-name --stack demo"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("file://./state", "file://{project}/state"),
        ("file://state", "file://{project}/state"),
        ("file:///srv/state", "file:///srv/state"),
        ("file://~", "file://~"),
        ("s3://bucket", "s3://bucket"),
    ],
)
def test_a_relative_backend_is_relative_to_the_project_in_any_folder(
    setting, monkeypatch, given, meant
):
    monkeypatch.setenv("PULUMI_BACKEND_URL", given)
    with setting.workspace() as workspace:
        workspace.select_stack("demo")
    ((place, backend, _),) = setting.commands()
    assert place != str(setting.project)
    assert backend == meant.format(project=setting.project)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("passphrase.txt", "{here}/passphrase.txt"),
        ("../secret/pass", "{here}/../secret/pass"),
        ("/srv/pass", "/srv/pass"),
        ("", ""),
    ],
)
def test_a_relative_passphrase_file_is_relative_to_the_callers_folder(
    setting, monkeypatch, tmp_path, given, meant
):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", given)
    with setting.workspace() as workspace:
        workspace.select_stack("demo")
    (line,) = Path(f"{setting.log}.passphrase").read_text().splitlines()
    assert line == meant.format(here=here)


def test_a_relative_backend_of_pulumi_yaml_is_the_projects_too(setting, monkeypatch):
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    with (setting.project / "Pulumi.yaml").open("a") as file:
        file.write("backend:\n  url: file://./state\n")
    with setting.workspace() as workspace:
        workspace.select_stack("demo")
    ((_, backend, _),) = setting.commands()
    assert backend == f"file://{setting.project}/state"


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///srv/state", "/srv/state"),
        ("file:///srv/state?no_tmp_dir=true", "/srv/state"),
        ("file:///srv/our%20state", "/srv/our state"),
        ("file://~/state", str(Path.home() / "state")),
        ("s3://bucket", None),
        ("https://app.pulumi.com/acme", None),
    ],
)
def test_the_folder_of_a_state_is_the_one_that_the_engine_uses(url, folder):
    found = file_backend(lambda _: json.dumps({"user": "root", "url": url}))
    assert found == (Path(folder) if folder else None)


def test_a_folder_without_a_pulumi_yaml_is_a_project_of_the_programs_own_name(setting):
    (setting.project / "Pulumi.yaml").unlink()
    with setting.workspace() as workspace:
        assert workspace.work_dir == str(workspace.scratch)
        written = yaml.safe_load((workspace.scratch / "Pulumi.yaml").read_text())
    # The providers start in the folder of `main`: paths of the stack file are meant from there.
    assert (written["name"], written["main"]) == ("metallb", str(setting.project))


def test_a_folder_with_a_pulumi_yaml_is_where_the_engine_works(setting):
    with setting.workspace() as workspace:
        assert workspace.work_dir == str(setting.project)
