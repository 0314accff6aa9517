"""How `pulumi` in a shell runs a program: with Pulumi's own language host, or the lab's."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.paths import ROOT
from lab.spawn import wait_until
from tests.support.engine import engine, language_host

PROJECT = """\
name: small
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: {virtualenv}
"""
CONFIG = """\
import sys
import pulumi
import beside

config = pulumi.Config()
print("printed", config.require("word"), beside.VALUE, pulumi.get_project(), pulumi.get_stack())
print("to standard error", file=sys.stderr)
pulumi.export("hidden", config.require_secret("key"))
pulumi.export("root", pulumi.runtime.get_root_directory())
"""
BURIED = """\
import pulumi

async def fails():
    raise pulumi.RunError("no rack of that name")

pulumi.export("it", pulumi.Output.from_input(fails()))
"""
FOREIGN = f"""\
import sys
assert {str(ROOT)!r} not in sys.path, sys.path
assert not [path for path in sys.path if "language_host" in path], sys.path
"""


@dataclass(frozen=True)
class Case:
    """A program, and what `pulumi up` makes of it."""

    program: str
    fails: bool
    output: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


CASES = {
    "configuration": Case(
        CONFIG, False, ("printed plain 7 small dev", "to standard error", "[secret]"), ("hunter2",)
    ),
    "an environment of its own": Case(FOREIGN, False),
    "which keys are secret": Case(
        "from pulumi.runtime.config import is_config_secret as secret\n"
        "print('secret:', secret('small:key'), secret('small:word'))",
        False,
        ("secret: True False",),
    ),
    "a mistake it reports": Case(
        "import pulumi\nraise pulumi.RunError('no such rack')",
        True,
        ("error: no such rack",),
        ("Traceback", "exit code"),
    ),
    "a mistake in what is awaited": Case(
        BURIED, True, ("no rack of that name",), ("non-zero exit code",)
    ),
    "an error of the program": Case(
        "raise ValueError('not a rack')",
        True,
        ("Traceback", "ValueError: not a rack"),
        ("exit code",),
    ),
    "an exit": Case("raise SystemExit(3)", True, ("exit code: 3",), ("Traceback",)),
    "a good exit": Case("raise SystemExit(0)", False, (), ("exit code", "Traceback")),
    "no Python": Case("def", True, ("SyntaxError",), ("exit code",)),
}


class Project:
    """A folder with a program, and a state of its own."""

    def __init__(self, folder: Path, virtualenv: str = sys.prefix) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            **engine().environment,
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        path = [*language_host(folder), engine().environment["PATH"]]
        self.environment["PATH"] = os.pathsep.join(path)
        (folder / "Pulumi.yaml").write_text(PROJECT.format(virtualenv=virtualenv))
        (folder / "beside.py").write_text("VALUE = 7\n")
        for words in (
            ["stack", "init", "dev"],
            ["config", "set", "word", "plain"],
            ["config", "set", "--secret", "key", "hunter2"],
        ):
            done = self.pulumi(*words)
            assert done.returncode == 0, done.stdout

    def write(self, program: str) -> None:
        """Put a program in place of the former one."""
        # Bytecode of a program of the same length, compiled within the same second, counts as its.
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        (self.folder / "__main__.py").write_text(program)

    def pulumi(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI to its end."""
        return subprocess.run(
            [engine().cli.path, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("a project"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_program_ends_as_the_engine_reports(case: Case, project: Project) -> None:
    project.write(case.program)
    done = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert (done.returncode != 0) == case.fails, done.stdout
    for words in case.output:
        assert words in done.stdout
    for words in case.unsaid:
        assert words not in done.stdout


def test_a_preview_is_a_dry_run(project: Project) -> None:
    project.write("import pulumi\nprint('dry' if pulumi.runtime.is_dry_run() else 'for good')")
    assert "for good" not in project.pulumi("preview", "--stack", "dev").stdout
    assert "for good" in project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev").stdout


def test_a_project_without_its_environment_is_an_error(tmp_path: Path) -> None:
    project = Project(tmp_path, virtualenv="nowhere")
    (tmp_path / "__main__.py").write_text("print('ran')")
    done = project.pulumi("preview", "--stack", "dev")
    assert done.returncode != 0
    assert "nowhere" in done.stdout
    assert "ran" not in done.stdout.split()


def test_a_program_ends_with_its_engine(project: Project) -> None:
    if not engine().built:
        pytest.skip("NOT run: it is about the lab's language host, and this CLI has Pulumi's own")
    started = project.folder / "started"
    project.write(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(started)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [engine().cli.path, "preview", "--stack", "dev"],
        cwd=project.folder,
        env=project.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as preview:
        try:
            wait_until("the program", lambda: started.exists() and started.read_text() != "")
        finally:
            os.killpg(preview.pid, signal.SIGKILL)
    pid = int(started.read_text())
    try:
        wait_until("the program's end", lambda: not Path(f"/proc/{pid}").exists())
    finally:
        if Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)
