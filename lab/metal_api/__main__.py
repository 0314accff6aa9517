"""`python -m lab.metal_api`: start, stop and steer the emulated Equinix Metal API."""

import argparse
import asyncio
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.metal_api import daemon
from lab.metal_api.enums import FaultKind, OddShape
from lab.metal_api.serve import Service, environment
from metallb.command_line.options import CommandParser, refuse_empty
from metallb.problems.errors import MetalLBError

Command = Callable[[argparse.Namespace], None]


def _serve(args: argparse.Namespace) -> None:
    service = Service(args.seed, args.state_dir)

    def announce() -> None:
        daemon.record(args.state_dir, service.api.backend.state.seed, service.ports)
        for name, value in environment(args.state_dir, service.ports).items():
            print(f"export {name}={shlex.quote(value)}", flush=True)

    try:
        asyncio.run(service.run(announce))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _start(args: argparse.Namespace) -> None:
    found, fresh = daemon.start(args.seed, args.state_dir)
    word = "running" if fresh else "already running"
    print(
        f"emulated Equinix Metal API: {word}, process {found.pid}, seed {found.seed}, "
        f"proxy 127.0.0.1:{found.ports.proxy}"
    )


def _stop(args: argparse.Namespace) -> None:
    found = daemon.stop(args.state_dir)
    print(f"stopped process {found.pid}; its state stays" if found else "was not running")


def _status(args: argparse.Namespace) -> None:
    found = daemon.running(args.state_dir)
    print(f"running, process {found.pid}, seed {found.seed}" if found else "not running")
    if found is None:
        raise SystemExit(3)


def _env(args: argparse.Namespace) -> None:
    for name, value in daemon.environment_of(args.state_dir).items():
        print(f"export {name}={shlex.quote(value)}")


def _calls(args: argparse.Namespace) -> None:
    admin = daemon.admin(args.state_dir)
    counts = admin.calls()
    if args.reset:
        admin.reset_calls()
    width = max((len(call) for call in counts), default=4)
    print(f"{'call':<{width}}  count")
    for call, count in counts.items():
        print(f"{call:<{width}}  {count:>5}")


def _inventory(args: argparse.Namespace) -> None:
    for kind, things in daemon.admin(args.state_dir).inventory().items():
        if isinstance(things, list):
            print(f"{kind}: {len(things)}")
            for thing in things:
                print("  " + "  ".join(f"{key}={value}" for key, value in thing.items()))


def _fault_add(args: argparse.Namespace) -> None:
    names = (
        "method",
        "path",
        "status",
        "text",
        "retry_after",
        "seconds",
        "after",
        "times",
        "shape",
    )
    fields = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    rules = daemon.admin(args.state_dir).add_fault(
        args.kind, **fields, **({"front_door": True} if args.front_door else {})
    )
    print(f"{len(rules)} fault rule(s) stand")


def _fault_clear(args: argparse.Namespace) -> None:
    daemon.admin(args.state_dir).clear_faults()
    print("no fault rule stands")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = CommandParser(prog="python -m lab.metal_api", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Command, text: str, *, seed: bool = False
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        sub.add_argument("--state-dir", type=Path, required=True, help="folder of this emulation")
        if seed:
            sub.add_argument("--seed", default="demo", help="a shipped seed, or a YAML file")
        return sub

    command("start", _start, "start in the background and wait until it answers", seed=True)
    command("serve", _serve, "run in the foreground", seed=True)
    command("stop", _stop, "stop the background process; the state stays")
    command("status", _status, "say whether it runs; exit code 3 when it does not")
    command("env", _env, "print the environment that leads a client here, for eval")
    calls = command("calls", _calls, "count the calls by method and path template")
    calls.add_argument("--reset", action="store_true", help="count anew afterwards")
    command("inventory", _inventory, "show what there is in the emulated cloud")
    fault = commands.add_parser("fault", help="let calls go wrong").add_subparsers(
        required=True, metavar="add|clear"
    )
    add = fault.add_parser("add", help="add a rule")
    add.set_defaults(run=_fault_add)
    add.add_argument("--state-dir", type=Path, required=True)
    add.add_argument("kind", choices=[str(kind) for kind in FaultKind])
    add.add_argument("--method")
    add.add_argument("--path", help="path template as `calls` prints it")
    add.add_argument("--status", type=int)
    add.add_argument("--text")
    add.add_argument("--front-door", action="store_true", help="plain text, no X-Request-Id")
    add.add_argument("--retry-after", type=int, help="seconds in the header of that name")
    add.add_argument("--shape", choices=[str(shape) for shape in OddShape])
    add.add_argument("--seconds", type=float)
    add.add_argument("--after", type=int, help="let so many calls pass first")
    add.add_argument("--times", type=int, help="serve so many calls, then be spent")
    gone = fault.add_parser("clear", help="remove all rules")
    gone.set_defaults(run=_fault_clear)
    gone.add_argument("--state-dir", type=Path, required=True)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; a person's mistake is a message, never a traceback."""
    args = parser().parse_args(argv)
    try:
        refuse_empty(argv)
        args.run(args)
    except MetalLBError as exc:
        print(exc, file=sys.stderr)
        return exc.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
