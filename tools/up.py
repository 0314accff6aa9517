"""`make up`: from a fresh machine to MetalLB configured for a stack.

Starts the emulated cloud where the stack is about one, and runs `metallb up` on a local
file backend (unless PULUMI_BACKEND_URL names another). Where no CLI is installed or built it
renders the manifests instead. `down` takes it all back.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.engine_home import emulated_home
from lab.paths import ROOT
from lab.platforms import Emulation, part_of
from metallb.command_line.interrupts import as_interrupts, passed_on
from metallb.command_line.options import CommandParser, refuse_empty
from metallb.command_line.output import guarded_output
from metallb.loading.stack import load
from metallb.preflight import refuse
from metallb.problems.errors import EngineError, MetalLBError
from metallb.program.pulumi_cli import HOW_TO_GET, find_cli, require_cli
from metallb.stackfile import StackConfig
from metallb.stackfile.paths import stack_name

CACHE = ROOT / ".cache"
_AT_ONCE = ("--yes", "--skip-preview")
"""`make` is typed to have it done."""
_INTERRUPTED, _BY_SIGNAL = 130, 128


def main() -> int:
    """Bring a stack up or down."""
    parser = CommandParser(prog="make")
    parser.add_argument("action", choices=("up", "down"))
    parser.add_argument("stack")
    args = parser.parse_args()
    with guarded_output() as output:
        output.goes_on = True
        try:
            with as_interrupts():
                return _carried_out(args.action, args.stack)
        except MetalLBError as error:
            print(error, file=sys.stderr)
            return error.exit_code
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return _INTERRUPTED


def _carried_out(action: str, typed: str) -> int:
    refuse_empty(None)
    loaded = load(typed)
    path, stack = loaded.path, loaded.config
    if action == "down":
        return _down(typed, stack)
    # Before a cloud is started; the command checks it all again.
    refuse(loaded.findings, source=loaded.source)
    if find_cli(ROOT) is None:
        return _render(typed, path)
    return _up(typed, stack, path)


def _render(typed: str, path: Path) -> int:
    """Write the manifests beside those that an engine may have written for the same stack."""
    folder = ROOT / "build" / "rendered" / stack_name(path)
    print(
        f"No Pulumi CLI was found: {typed} is rendered to files, and nothing is brought up.\n"
        f"For updates, get one with {HOW_TO_GET}"
    )
    return _metallb("render", typed, "-o", str(folder))


def _up(typed: str, stack: StackConfig, path: Path) -> int:
    code = _metallb("up", typed, *_AT_ONCE, environment=_environment(stack))
    if code == _INTERRUPTED:
        return code
    if code:
        print(
            f"make up STACK={typed} ended with exit code {code}: correct what is named above, then "
            "run it again",
            file=sys.stderr,
        )
        return code
    if stack.kubernetes.render_to:
        folder = ROOT / stack.kubernetes.render_to
        print(f"\nThe manifests are in {folder}: 0-crd comes first, then 1-manifest")
    print(f"Take it back with: make down STACK={typed}")
    return 0


def _down(typed: str, stack: StackConfig) -> int:
    if find_cli(ROOT) is None and not _may_be_up():
        print("Nothing to take down: no update has run here. Files in build/rendered stay.")
        return 0
    require_cli(ROOT)
    code = _metallb("destroy", typed, *_AT_ONCE, environment=_environment(stack))
    emulation = _emulation(stack)
    if code == 0 and emulation is not None:
        return _module(emulation.stop)
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
    emulation = _emulation(stack)
    if emulation is not None:
        if _module(emulation.start):
            raise EngineError(
                f"the emulated {emulation.name} did not start",
                code="E801",
                help=f"read the message above, or remove {emulation.state}",
            )
        environment |= _emulated(emulation)
    return environment


def _emulation(stack: StackConfig) -> Emulation | None:
    """The emulated cloud that owns the stack's project, if any does."""
    return part_of(stack.platform.kind).emulation(stack, CACHE)


def _emulated(emulation: Emulation) -> dict[str, str]:
    """What leads the engine to the emulated cloud."""
    found = dict(emulated_home(require_cli(ROOT)))
    shown = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", *emulation.environment],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    for line in shown.stdout.splitlines():
        key, _, value = line.removeprefix("export ").partition("=")
        found[key] = shlex.split(value)[0] if value else ""
    return found


def _module(words: Sequence[str]) -> int:
    return _run([sys.executable, "-m", *words])


def _metallb(*args: str, environment: dict[str, str] | None = None) -> int:
    return _run([sys.executable, "-m", "metallb", *args], environment, shown=("metallb", *args))


def _run(
    command: list[str], environment: dict[str, str] | None = None, shown: Sequence[str] = ()
) -> int:
    print(f"+ {shlex.join(shown or [Path(command[0]).name, *command[1:]])}", flush=True)
    with (
        passed_on() as child,
        subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            command, cwd=ROOT, env=environment, text=True, start_new_session=True
        ) as process,
    ):
        # It ends what it has begun, and is waited for.
        child.become(process)
        code = process.wait()
    return code if code >= 0 else _BY_SIGNAL - code
