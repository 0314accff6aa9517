"""The CLI for commands that are no update: the state out, the state in, a lock removed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from pulumi.automation.errors import CommandError

from metallb.problems.errors import EngineError
from metallb.runner.command import engine_command
from metallb.runner.explain import explained
from metallb.runner.workspace import programless_folder, scratch_workspace
from metallb.stackfile.paths import project_folder

__all__ = ["file_backend", "raw_engine"]

_LOCAL = "file://"
_WITH_PLUGINS = ("import", "refresh")


def file_backend(engine: Callable[[list[str]], str], project: Path | None = None) -> Path | None:
    """Folder of the file backend that the engine uses; None for any other.

    Read from the engine itself: PULUMI_BACKEND_URL, Pulumi.yaml and `pulumi login` may all name it.
    """
    url = str(json.loads(engine(["whoami", "--json"])).get("url") or "")
    if not url.startswith(_LOCAL):
        return None
    # Options stand behind the folder, such as ?no_tmp_dir=true.
    place = unquote(url.removeprefix(_LOCAL).partition("?")[0])
    return (project or project_folder()) / Path(place).expanduser()


@contextmanager
def raw_engine(
    stack_file: Path, project: Path | None = None
) -> Iterator[Callable[[list[str]], str]]:
    """Runs one command of the CLI at a time and answers its standard output.

    Leaves the stack file and the selected stack as they are.
    """
    cli = engine_command()
    folder_of_project = project or project_folder()
    with (
        scratch_workspace(folder_of_project, stack_file, cli) as workspace,
        programless_folder(folder_of_project) as programless,
    ):

        def run(command: list[str]) -> str:
            folder = workspace.scratch
            if command[0] in _WITH_PLUGINS:
                folder = programless
                command = [*command, "--config-file", str(workspace.config_file)]
            try:
                result = workspace.pulumi_command.run(command, str(folder), workspace.env_vars)
            except CommandError as error:
                if cli.interrupted:
                    raise KeyboardInterrupt from error
                raise _error(command, str(error)) from error
            return str(result.stdout)

        yield run


def _error(command: list[str], text: str) -> EngineError:
    """The error of a command that failed."""
    name = command[command.index("--stack") + 1] if "--stack" in command else ""
    return explained(command=" ".join(command[:2]), stack=name, text=text)
