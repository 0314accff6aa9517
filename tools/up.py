"""`make up`: from a fresh machine to MetalLB configured for a stack.

Starts the emulated cloud where the stack is about one, and runs `python -m metallb up` on a local
file backend (unless PULUMI_BACKEND_URL names another). Where no CLI is installed or built it
renders the manifests instead. `down` takes it all back.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from lab.engine_home import emulated_home
from lab.metal_api import load_seed
from metallb.command_line import CommandParser, refuse_empty
from metallb.config import StackConfig
from metallb.config.paths import PROJECT_ROOT, stack_name
from metallb.errors import EngineError, MetalLBError
from metallb.loading import load
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.preflight import refuse
from metallb.pulumi_cli import HOW_TO_GET, find_cli, require_cli

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
        loaded = load(args.stack)
        path, stack = loaded.path, loaded.config
        if args.action == "down":
            return _down(args.stack, stack)
        # Before a cloud is started; the command checks it all again.
        refuse(loaded.findings, source=loaded.source)
        if find_cli() is None:
            return _render(args.stack, path)
        return _up(args.stack, stack, path)
    except MetalLBError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _render(typed: str, path: Path) -> int:
    """Write the manifests beside those that an engine may have written for the same stack."""
    folder = PROJECT_ROOT / "build" / "rendered" / stack_name(path)
    print(
        f"No Pulumi CLI was found: {typed} is rendered to files, and nothing is brought up.\n"
        f"For updates, get one with {HOW_TO_GET}"
    )
    return _metallb("render", typed, "-o", str(folder))


def _up(typed: str, stack: StackConfig, path: Path) -> int:
    code = _metallb("up", typed, environment=_environment(stack))
    if code:
        print(
            f"make up STACK={typed} ended with exit code {code}: correct what is named above, then "
            "run it again",
            file=sys.stderr,
        )
        return code
    if stack.kubernetes.render_to:
        folder = PROJECT_ROOT / stack.kubernetes.render_to
        print(f"\nThe manifests are in {folder}: 0-crd comes first, then 1-manifest")
    print(f"Take it back with: make down STACK={typed}")
    return 0


def _down(typed: str, stack: StackConfig) -> int:
    if find_cli() is None and not _may_be_up():
        print("Nothing to take down: no update has run here. Files in build/rendered stay.")
        return 0
    require_cli()
    code = _metallb("destroy", typed, "--yes", environment=_environment(stack))
    if code == 0 and _seed(stack) is not None:
        return _emulation("stop")
    return code


def _may_be_up() -> bool:
    """Whether an update may have run: it leaves its state here, or where the caller says."""
    return (CACHE / "backend").exists() or "PULUMI_BACKEND_URL" in os.environ


def _environment(stack: StackConfig) -> dict[str, str]:
    """What the update runs with; the emulated cloud is up afterwards, where there is one."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    if "PULUMI_BACKEND_URL" not in environment:
        backend = CACHE / "backend"
        backend.mkdir(parents=True, exist_ok=True)
        environment["PULUMI_BACKEND_URL"] = f"file://{backend}"
    if not any(key.startswith("PULUMI_CONFIG_PASSPHRASE") for key in environment):
        # The shipped demonstrations hold no secret; a stack with secrets has its own passphrase.
        environment["PULUMI_CONFIG_PASSPHRASE"] = ""
    seed = _seed(stack)
    if seed is not None:
        if _emulation("start", "--seed", seed):
            raise EngineError(
                "the emulated Equinix Metal API did not start",
                code="E801",
                help=f"read the message above, or remove {EMULATION_STATE}",
            )
        environment |= _emulated()
    return environment


def _emulated() -> dict[str, str]:
    """What leads the engine to the emulated cloud."""
    found = dict(emulated_home(require_cli()))
    shown = subprocess.run(  # noqa: S603 - our own interpreter and module
        [*_EMULATION, "env", "--state-dir", str(EMULATION_STATE)],
        check=True,
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
    )
    for line in shown.stdout.splitlines():
        key, _, value = line.removeprefix("export ").partition("=")
        found[key] = shlex.split(value)[0] if value else ""
    return found


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


def _metallb(*args: str, environment: dict[str, str] | None = None) -> int:
    return _run([sys.executable, "-m", "metallb", *args], environment)


def _run(command: list[str], environment: dict[str, str] | None = None) -> int:
    shown = [Path(command[0]).name, *command[1:]]
    print(f"+ {shlex.join(shown)}", flush=True)
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
