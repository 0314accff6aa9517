"""`status`: what the cluster really does."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from metallb.config.paths import stack_name, stack_path
from metallb.errors import EngineError

if TYPE_CHECKING:
    from metallb.status.model import Status

__all__ = ["add", "run"]

_EXIT = {"healthy": 0, "unhealthy": 3, "unknown": 4}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "status",
        help="ask the cluster: sessions, pools, pending services, configuration, drift",
        description="Exit code: 0 healthy, 3 something is wrong, 4 nothing wrong was seen but not "
        "everything could be looked at, 1 the cluster could not be asked.",
    )
    parser.add_argument("stack", help="name of a stack, or path of a stack file")
    parser.add_argument("--json", action="store_true", help="print one JSON document a look")
    parser.add_argument("--all", action="store_true", help="list every session, however many")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=float,
        const=5.0,
        metavar="SECONDS",
        help="look again every 5 (or so many) seconds until interrupted",
    )
    parser.add_argument("--kubeconfig", help="kubeconfig, if not the stack file's")
    parser.add_argument("--context", help="context, if not the stack file's")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look, and say what was seen."""
    from metallb.answers import answers_path, read_answers
    from metallb.config import stack_config
    from metallb.config.files import read_stack_file
    from metallb.status.cluster import LiveCluster
    from metallb.status.judge import judge
    from metallb.status.look import look

    path = stack_path(args.stack)
    source = read_stack_file(path)
    stack = stack_config(source.sections, source=str(path), secret_sections=source.secret_sections)
    recorded = answers_path(path)
    answers = read_answers(recorded, stack) if recorded.exists() else None
    reader = stack.install.monitoring.prometheus
    cluster = LiveCluster(
        args.kubeconfig or stack.kubernetes.kubeconfig,
        args.context or stack.kubernetes.context,
        account=(reader.namespace, reader.name)
        if stack.install.monitoring.service_monitor
        else None,
    )

    def once() -> int:
        status = judge(look(cluster, stack.install.namespace), stack, stack_name(path), answers)
        _show(args, status)
        return _EXIT[status.health.value]

    return once() if args.watch is None else _watched(once, args.watch)


def _watched(once: Callable[[], int], seconds: float) -> int:
    """Look until interrupted; a cluster that does not answer for a while is no reason to stop."""
    code = 1
    while True:
        try:
            code = once()
        except EngineError as error:
            code = error.exit_code
            print(error, file=sys.stderr, flush=True)
        try:
            time.sleep(seconds)
        except KeyboardInterrupt:
            return code


def _show(args: argparse.Namespace, status: "Status") -> None:
    from metallb.status.text import text

    if args.json:
        print(status.model_dump_json(by_alias=True, indent=None if args.watch else 2), flush=True)
        return
    if args.watch is not None:
        if sys.stdout.isatty():
            print("\033[2J\033[H", end="")
        print(time.strftime("%H:%M:%S"))
    print(text(status, everything=args.all), flush=True)
