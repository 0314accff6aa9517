"""A temporary copy of the project, driven by the Automation API on a file backend.

The committed stack files are never touched: the engine writes to a copy.
"""

import atexit
import compileall
import contextlib
import copy
import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import yaml
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent

from metallb.loading.stack import load_file
from metallb.platforms.facts import PlatformFacts
from metallb.problems.errors import EngineError
from metallb.repair import Repair
from metallb.runner.engine_stack import EngineStack
from metallb.runner.inline import inline_program
from metallb.runner.workspace import programless_folder
from metallb.status.creations import creations_of
from tests.support.engine import AMBIENT, engine
from tests.support.forked import run_forked
from tests.support.paths import PROJECT_ROOT
from tests.updates.cli import Cli
from tests.updates.processes import borrowed

STACK = "demo"
# The salt of an empty passphrase: with it in the file, the engine has nothing to write there.
SALT = "v1:ETWPhD0z+XA=:v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ=="
PROGRAM = ("Pulumi.yaml", "__main__.py")

Config = dict[str, Any]


def small(nodes: int = 2) -> Config:
    """A rack with MetalLB there already: few resources."""
    return {
        "install": {"version": "0.16.2", "source": "existing"},
        "platform": {
            "kind": "static",
            "racks": [
                {
                    "name": "rack-a",
                    "nodes": [f"node-{number}" for number in range(nodes)],
                    "routers": [
                        {"name": "tor-1", "address": "10.1.0.1"},
                        {"name": "tor-2", "address": "10.1.0.2"},
                    ],
                }
            ],
        },
        "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
        "addressPools": {"default": {"addresses": ["203.0.113.0/28"]}},
        "kubernetes": {"renderTo": "build/demo"},
    }


def changed(config: Config, change: Callable[[Config], object]) -> Config:
    """A copy of a stack's config that a function has worked on."""
    own = copy.deepcopy(config)
    change(own)
    return own


@functools.cache
def package() -> Path:
    """The package as it stood when the first test began: a run is about one state of the code."""
    folder = Path(tempfile.mkdtemp(prefix="metallb-engine-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    source = PROJECT_ROOT / "metallb"
    for name in PROGRAM:
        shutil.copy(PROJECT_ROOT / name, folder)
    (folder / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    made = shutil.copytree(source, folder / source.name)
    # Once here, and not in each of the hundreds of programs that the engine starts.
    compileall.compile_dir(made, quiet=1)
    return made


@functools.cache
def new_backend() -> Path:
    """A backend with an empty stack of the project: the engine writes the same for each test."""
    folder = Path(tempfile.mkdtemp(prefix="metallb-engine-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(PROJECT_ROOT / "Pulumi.yaml", folder)
    (folder / "stacks").mkdir()
    (folder / "state").mkdir()
    (folder / "stacks" / f"Pulumi.{STACK}.yaml").write_text(f"encryptionsalt: {SALT}\n")
    environment = {**engine().environment, **backend(folder)}
    Cli(engine().cli).run(["stack", "init", STACK, "--no-select"], str(folder), environment)
    return folder / "state"


def backend(folder: Path) -> dict[str, str]:
    """What the CLI needs to find a project's state."""
    return {
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


class Workspace(auto.LocalWorkspace):
    """A folder whose backend has the stack: every command names it, so that none is selected."""

    def select_stack(self, stack_name: str) -> None:
        """Nothing to do."""


@dataclass
class Outcome:
    """What one operation did."""

    changes: dict[str, set[str]] = field(default_factory=dict)
    """Names of the resources by what was done to them; those left alone are not listed."""
    counts: dict[str, int] = field(default_factory=dict)
    diffs: dict[str, list[str]] = field(default_factory=dict)
    """Properties that differ, by resource name."""
    messages: str = ""
    """Warnings and errors that the engine passed on."""
    failed: bool = False

    def hear(self, event: EngineEvent) -> None:
        """Take in one event of the engine."""
        if event.resource_pre_event and event.resource_pre_event.metadata.detailed_diff:
            data = event.resource_pre_event.metadata
            self.diffs[data.urn.rpartition("::")[2]] = sorted(data.detailed_diff or {})
        if event.res_outputs_event:
            data = event.res_outputs_event.metadata
            if data.op.value not in ("same", "read", "refresh"):
                self.changes.setdefault(data.op.value, set()).add(data.urn.rpartition("::")[2])
        found = event.diagnostic_event
        if found and found.severity in ("warning", "error") and not AMBIENT.search(found.message):
            self.messages += found.message + "\n"
        if event.summary_event:
            self.counts = {
                str(getattr(op, "value", op)): count
                for op, count in event.summary_event.resource_changes.items()
            }

    @property
    def nothing_changed(self) -> bool:
        """Whether every resource was left as it was."""
        return not self.failed and set(self.counts) <= {"same"} and not self.changes


class Project:
    """One stack of a temporary project."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        *,
        environment: Mapping[str, str] | None = None,
        direct: str = "",
    ) -> None:
        """Write its files.

        :param environment: what leads to an emulated cloud.
        :param direct: an address that is reached without the cloud's proxy.
        """
        self.folder = folder
        for name in PROGRAM:
            shutil.copy(package().parent / name, folder)
        for place in (package(), PROJECT_ROOT / ".venv"):
            if not (folder / place.name).exists():
                (folder / place.name).symlink_to(place)
        (folder / "stacks").mkdir(exist_ok=True)
        if not (folder / "state").exists():
            shutil.copytree(new_backend(), folder / "state")
        self.stack_file = folder / "stacks" / f"Pulumi.{STACK}.yaml"
        self.write(config)
        self.cli = Cli(engine().cli)
        self.env = {
            **engine().environment,
            **backend(folder),
            **(environment or {}),
        }
        if direct:
            # The cloud's proxy is for the cloud: the cluster is reached without it.
            self.env["NO_PROXY"] = f"{self.env.get('NO_PROXY', '')},{direct}"
        workspace = Workspace(
            work_dir=str(folder),
            pulumi_command=self.cli,
            env_vars=self.env,
            program=inline_program(self.cli.cli, folder, self.env, PlatformFacts),
        )
        self.stack = EngineStack.select(STACK, workspace)

    def write(self, config: Config) -> None:
        """Write the stack file."""
        self.config = config
        sections = {key if ":" in key else f"metallb:{key}": value for key, value in config.items()}
        document = {"config": sections, "encryptionsalt": SALT}
        self.stack_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def change(self, change: Callable[[Config], object]) -> None:
        """Write the stack file anew, worked on by a function."""
        self.write(changed(self.config, change))

    def up(self) -> Outcome:
        """Update; it has to succeed."""
        return self._done(self.try_up())

    def try_up(self) -> Outcome:
        """Update; it may fail."""
        return self._run(self.stack.up)

    def preview(self) -> Outcome:
        """Preview; it may fail."""
        return self._run(self.stack.preview)

    def refresh(self, *targets: str) -> Outcome:
        """Refresh; it has to succeed."""
        return self._done(self._run(self.stack.refresh, target=list(targets) or None))

    def destroy(self) -> Outcome:
        """Destroy; it has to succeed."""
        return self._done(self._run(self.stack.destroy))

    def try_destroy(self) -> Outcome:
        """Destroy; it may fail."""
        return self._run(self.stack.destroy)

    def repair(self, *, release: tuple[str, ...] = (), anywhere: bool = False) -> tuple[str, ...]:
        """What `metallb recover` does.

        :param anywhere: as on a backend that is no folder, where only the engine tells of locks.
        """
        config = load_file(self.stack_file).config
        with borrowed(self.env):
            backend = None if anywhere else self.folder / "state"
            recovery = config.platform.recovery("metallb", STACK, None)
            creations = creations_of(config)
            repair = Repair(self.engine, "metallb", STACK, recovery, backend, creations)
            return repair.run(release=release)

    def engine(self, args: list[str]) -> str:
        """One command of the CLI, by one of its own: what a test kills is the update.

        A state is read as `state` does, for as long as it is whole: hundreds are.
        """
        if args[:2] == ["stack", "export"]:
            with contextlib.suppress(ValueError):
                self._attributes()
                return json.dumps({"version": 3, "deployment": self._deployment()})
        try:
            if args[0] not in ("import", "refresh"):
                return str(Cli(self.cli.cli).run(args, str(self.folder), self.env).stdout)
            with programless_folder(self.folder) as folder:
                args = [*args, "--config-file", str(self.stack_file)]
                return str(Cli(self.cli.cli).run(args, str(folder), self.env).stdout)
        except CommandError as error:
            raise EngineError(str(error)) from error

    def command(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """`metallb`, as a person runs it."""
        environment = {**os.environ, **self.env}
        return run_forked(args, package=package(), folder=self.folder, environment=environment)

    def state(self) -> dict[str, Any]:
        """Resources of the engine's state by name."""
        resources = self._deployment().get("resources") or []
        return {item["urn"].rpartition("::")[2]: item for item in resources}

    def pending(self) -> list[Any]:
        """Pending operations of the engine's state."""
        return list(self._deployment().get("pending_operations") or [])

    def _deployment(self) -> dict[str, Any]:
        """What `pulumi stack export` prints, read from the backend."""
        return dict(json.loads(self._state_file().read_text())["checkpoint"]["latest"] or {})

    def _attributes(self) -> None:
        """Read what the backend keeps beside the state, and reads before it."""
        beside = self._state_file().with_name(f"{STACK}.json.attrs")
        if beside.exists():
            json.loads(beside.read_text())

    def _state_file(self) -> Path:
        (state,) = (self.folder / "state" / ".pulumi" / "stacks").rglob(f"{STACK}.json")
        return state

    def rendered(self) -> list[Path]:
        """Manifests that renderTo wrote."""
        return sorted((self.folder / "build").rglob("*.yaml"))

    def _run(self, operation: Callable[..., Any], **options: Any) -> Outcome:
        outcome = Outcome()
        try:
            operation(on_event=outcome.hear, **options)
        except CommandError as error:
            outcome.failed = True
            outcome.messages += str(error)
        return outcome

    def _done(self, outcome: Outcome) -> Outcome:
        assert not outcome.failed, outcome.messages
        return outcome
