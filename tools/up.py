"""`make up`: from a fresh machine to MetalLB configured for a stack.

Finds or installs the Pulumi CLI, starts the emulated cloud where the stack is about one, and runs
`pulumi up` on a local file backend (unless PULUMI_BACKEND_URL names another). Where no CLI can be
had it renders the manifests instead. `down` takes it all back.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from lab.metal_api import load_seed
from metallb.command_line import CommandParser, refuse_empty
from metallb.config import EquinixMetalPlatform, StackConfig, stack_config
from metallb.config.files import read_stack_file
from metallb.config.paths import PROJECT_ROOT, STACKS, stack_name, stack_path
from metallb.errors import ConfigError, EngineError, MetalLBError
from metallb.preflight import check_stack, refuse
from metallb.pulumi_cli import find_or_install_cli

CACHE = PROJECT_ROOT / ".cache"
EMULATION_STATE = CACHE / "metal-api"


def main() -> int:
    """Bring a stack up or down."""
    parser = CommandParser(prog="make")
    parser.add_argument("action", choices=("up", "down"))
    parser.add_argument("stack")
    args = parser.parse_args()
    try:
        refuse_empty(None)
        path = stack_path(args.stack)
        name = _name(path)
        stack = stack_config(read_stack_file(path).sections, source=str(path))
        if args.action == "down":
            return _down(name, stack)
        # Before the CLI is fetched and a cloud is started; the program checks it all again.
        refuse(check_stack(stack), source=str(path))
        return _up(name, stack, path)
    except MetalLBError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _name(path: Path) -> str:
    """The stack's name for the CLI, which knows the files of one folder only."""
    if path.resolve().parent != STACKS:
        raise ConfigError(
            where=str(path),
            seen="a file elsewhere",
            rule=f"the Pulumi CLI reads the stack files in {STACKS}",
            remedy=f"move it there, or use `python -m metallb up {shlex.quote(str(path))}`",
        )
    return stack_name(path)


def _up(name: str, stack: StackConfig, path: Path) -> int:
    folder = PROJECT_ROOT / (stack.kubernetes.render_to or f"build/{name}")
    try:
        cli = find_or_install_cli(CACHE / "pulumi")
    except EngineError as error:
        print(f"no Pulumi CLI here and none to be had ({error.seen}): rendering {name} instead")
        return _run([sys.executable, "-m", "metallb", "render", str(path), "-o", str(folder)])
    environment = _environment(stack, start=True)
    for command in (
        [cli, "stack", "select", "--create", name],
        [cli, "up", "--yes", "--skip-preview", "--suppress-progress", "--stack", name],
    ):
        code = _run(command, environment)
        if code:
            print(
                f"up: `{shlex.join(command)}` failed with exit code {code}; next: correct what it "
                f"names, then run make up STACK={name} again",
                file=sys.stderr,
            )
            return code
    if stack.kubernetes.render_to:
        print(f"\nThe manifests are in {folder}: 0-crd comes first, then 1-manifest")
    print(f"Take it back with: make down STACK={name}")
    return 0


def _down(name: str, stack: StackConfig) -> int:
    cli = find_or_install_cli(CACHE / "pulumi")
    environment = _environment(stack, start=True)
    code = _run([cli, "destroy", "--yes", "--skip-preview", "--stack", name], environment)
    if code == 0 and _seed(stack) is not None:
        return _emulation("stop")
    return code


def _environment(stack: StackConfig, *, start: bool) -> dict[str, str]:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    if "PULUMI_BACKEND_URL" not in environment:
        backend = CACHE / "backend"
        backend.mkdir(parents=True, exist_ok=True)
        environment["PULUMI_BACKEND_URL"] = f"file://{backend}"
    if not any(key.startswith("PULUMI_CONFIG_PASSPHRASE") for key in environment):
        # The shipped demonstrations hold no secret; a stack with secrets has its own passphrase.
        environment["PULUMI_CONFIG_PASSPHRASE"] = ""
    seed = _seed(stack)
    if seed is not None and start:
        if _emulation("start", "--seed", seed):
            raise EngineError(
                where="emulated Equinix Metal API",
                rule="it could not be started",
                remedy=f"see the message above, or remove {EMULATION_STATE}",
            )
        shown = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*_EMULATION, "env", "--state-dir", str(EMULATION_STATE)],
            check=True,
            capture_output=True,
            text=True,
            cwd=PROJECT_ROOT,
        )
        for line in shown.stdout.splitlines():
            key, _, value = line.removeprefix("export ").partition("=")
            environment[key] = shlex.split(value)[0] if value else ""
    return environment


_EMULATION = [sys.executable, "-m", "lab.metal_api"]


def _emulation(*args: str) -> int:
    return _run([*_EMULATION, args[0], "--state-dir", str(EMULATION_STATE), *args[1:]])


def _seed(stack: StackConfig) -> str | None:
    """The emulated cloud that owns the stack's project, if any does."""
    if not isinstance(stack.platform, EquinixMetalPlatform):
        return None
    for path in sorted((PROJECT_ROOT / "lab" / "metal_api" / "seeds").glob("*.yaml")):
        if load_seed(path.stem).project.id == stack.platform.project_id:
            return path.stem
    return None


def _run(command: list[str], environment: dict[str, str] | None = None) -> int:
    shown = [Path(command[0]).name, *command[1:]]
    print(f"+ {shlex.join(shown)}", flush=True)
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
