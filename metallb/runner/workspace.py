"""The workspace of an update: the project's folder, and a copy of the stack file to write to.

The engine writes to stack files: a new stack with the passphrase provider gets an `encryptionsalt`,
and removing a stack deletes its file. A reviewed, committed file is not its to change, so it gets a
copy (`--config-file`), and stacks are made and looked up from a folder that holds only copies. The
state keeps its own salt, so losing the copy loses nothing (observed on CLI 3.259.0: a second update
without it shows no change).

The program is not the project's own: it runs inline, in this process, so a project needs no folder
layout and the engine no language plugin. A folder without a Pulumi.yaml is a project as well.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pulumi.automation import LocalWorkspace

from metallb.files.scratch import private_folder
from metallb.loading.stack import load_file
from metallb.platforms.facts import PlatformFacts
from metallb.problems.problem import Problem
from metallb.runner.command import EngineCommand
from metallb.runner.inline import inline_program, no_program
from metallb.stackfile.files import read_text
from metallb.stackfile.load import NAMESPACE
from metallb.stackfile.paths import STACKS

__all__ = ["ScratchWorkspace", "programless_folder", "scratch_workspace"]

_PROJECT_FILE = "Pulumi.yaml"
_BACKEND = "PULUMI_BACKEND_URL"
_KEY_FILE = "PULUMI_CONFIG_PASSPHRASE_FILE"
_LOCAL = "file://"
_KEEPS_SECRETS = re.compile(r"^(secretsprovider|encryptedkey|encryptionsalt):", re.MULTILINE)


class ScratchWorkspace(LocalWorkspace):
    """A local project whose stack file is left alone, and whose selected stack stays selected.

    :ivar config_file: the copy that the engine may write to.
    """

    def __init__(
        self,
        project: Path,
        scratch: Path,
        stack_file: Path,
        config_file: Path,
        command: EngineCommand,
        findings: tuple[Problem, ...] | None = None,
    ) -> None:
        # The engine starts the providers in the project's folder: relative paths are meant there.
        has_file = (project / _PROJECT_FILE).is_file()
        environment = {**_backend(project), **_passphrase_file()}
        super().__init__(
            work_dir=str(project if has_file else scratch),
            pulumi_command=command,
            env_vars=environment,
            program=inline_program(
                command.cli, scratch, environment, _facts_of(stack_file), findings
            ),
        )
        self.scratch = scratch
        self._stack_file = stack_file
        self.config_file = config_file

    def create_stack(self, stack_name: str) -> None:
        """Make an empty stack in the backend; whatever it writes lands in the copy.

        A file that says how its secrets are kept is right as it is: what `stack init` made of it
        (a provider or key of its own choice) is taken back.
        """
        self._aside(["stack", "init", stack_name, "--no-select"])
        committed = read_text(self._stack_file)
        if _KEEPS_SECRETS.search(committed):
            shutil.copyfile(self._stack_file, self.config_file)

    def select_stack(self, stack_name: str) -> None:
        """Fail where there is no such stack; select nothing."""
        self._aside(["stack", "--show-name", "--stack", stack_name])

    def masked_outputs(self, stack_name: str) -> str:
        """The stack's outputs as JSON text, secrets as `[secret]`."""
        return self._aside(["stack", "output", "--json", "--stack", stack_name])

    def config_value(self, key: str, stack_name: str) -> str:
        """A value of the stack's config, decrypted."""
        return self._aside(["config", "get", key, "--stack", stack_name]).strip()

    def _aside(self, args: list[str]) -> str:
        result = self.pulumi_command.run(args, str(self.scratch), self.env_vars)
        return str(result.stdout)


def _facts_of(stack_file: Path) -> Callable[[], PlatformFacts]:
    """Reads the snapshot of a stack file when it is called."""
    return lambda: load_file(stack_file).recorded(required=True) or PlatformFacts()


@contextmanager
def scratch_workspace(
    project: Path,
    stack_file: Path,
    command: EngineCommand,
    findings: tuple[Problem, ...] | None = None,
) -> Iterator[ScratchWorkspace]:
    """A workspace for one command; its copies are gone afterwards.

    :param findings: what the rules found in the stack file, where they have seen all of it.
    """
    with private_folder() as scratch:
        if (project / _PROJECT_FILE).is_file():
            shutil.copy(project / _PROJECT_FILE, scratch)
        else:
            text = yaml.safe_dump(_default_project(project))
            (scratch / _PROJECT_FILE).write_text(text, encoding="utf-8")
        config_file = scratch / STACKS / stack_file.name
        config_file.parent.mkdir()
        shutil.copyfile(stack_file, config_file)
        yield ScratchWorkspace(project, scratch, stack_file, config_file, command, findings)


@contextmanager
def programless_folder(project: Path) -> Iterator[Path]:
    """A folder where `pulumi import` and `refresh` work for a project, without its language."""
    with no_program() as address, private_folder() as folder:
        document = _default_project(project) | _document(project)
        # The runtime that the engine has for programs which are served already.
        document["runtime"] = {"name": "client", "options": {"address": address}}
        document["main"] = str(project.resolve())
        text = yaml.safe_dump(document)
        (folder / _PROJECT_FILE).write_text(text, encoding="utf-8")
        yield folder


def _backend(project: Path) -> dict[str, str]:
    """A relative file backend means a folder of the project, wherever a command runs."""
    url = os.environ.get(_BACKEND) or _backend_of_project(project)
    place = url.removeprefix(_LOCAL)
    if not url.startswith(_LOCAL) or place.startswith(("/", "~")) or Path(place).is_absolute():
        return {}
    return {_BACKEND: f"{_LOCAL}{(project / place).resolve()}"}


def _passphrase_file() -> dict[str, str]:
    """A relative file is meant from the caller's folder, as `pulumi` itself reads it."""
    name = os.environ.get(_KEY_FILE)
    return {_KEY_FILE: str(Path(name).absolute())} if name else {}


def _backend_of_project(project: Path) -> str:
    """The backend that Pulumi.yaml names, if it does."""
    backend = _document(project).get("backend")
    return str(backend.get("url") or "") if isinstance(backend, dict) else ""


def _document(project: Path) -> dict[str, Any]:
    """What Pulumi.yaml says; nothing where there is none."""
    path = project / _PROJECT_FILE
    written = yaml.safe_load(read_text(path)) if path.is_file() else None
    return written if isinstance(written, dict) else {}


def _default_project(project: Path) -> dict[str, Any]:
    """The runtime is named and never started."""
    return {
        "name": NAMESPACE,
        "runtime": "python",
        "main": str(project.resolve()),
        "stackConfigDir": STACKS,
    }
