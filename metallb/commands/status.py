"""`status`: what the cluster really does."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from metallb.command_line.common import add_format
from metallb.command_line.interrupts import held
from metallb.command_line.options import STACK_HELP, add_cluster_options, unused
from metallb.command_line.output import ReaderGone
from metallb.problems.errors import ConfigError, EngineError, UsageError
from metallb.problems.escape import quoted
from metallb.problems.text import problems_text, style_of

if TYPE_CHECKING:
    from metallb.status.model import Status

__all__ = ["add", "run"]

_EXIT = {"healthy": 0, "unhealthy": 3, "unknown": 4}
_INTERRUPTED = 130
_BETWEEN = 2.0
"""Seconds between two looks of `--wait`."""
_DAY = 86400.0


class _Seconds(argparse.Action):
    """An option with a number of seconds that may be left out, also right before the stack's name.

    argparse gives such an option whatever word follows it; a word that is no number is the stack.
    """

    def __init__(self, option_strings: list[str], dest: str, *, const: float, help: str) -> None:
        super().__init__(option_strings, dest, nargs="?", const=const, metavar="SECONDS", help=help)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        seconds = values
        if isinstance(values, str):
            try:
                seconds = float(values)
            except ValueError:
                if namespace.stack is not None:
                    raise argparse.ArgumentError(self, f"{quoted(values)} is no number") from None
                namespace.swallowed, seconds = values, self.const
        if not 0 <= seconds <= _DAY:  # NaN is in no interval
            raise argparse.ArgumentError(self, f"{values} is not from 0 to {_DAY:.0f} seconds")
        setattr(namespace, self.dest, seconds)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "status",
        help="show sessions, pools, pending services, configuration and drift of the cluster",
        usage="%(prog)s STACK [options]",
        description="Shows what the cluster really does: BGP sessions, pools, Services that wait "
        "for an address, who announces what, and how objects differ from the stack file.",
        exit_codes={
            0: "healthy",
            1: "the cluster does not answer, or refuses the user",
            3: "something is wrong",
            4: "nothing is known to be wrong, and not everything could be read",
        },
    )
    # Optional for argparse alone: an option may have swallowed it (_Seconds).
    parser.add_argument("stack", nargs="?", metavar="STACK", help=STACK_HELP)
    add_format(parser, "json", "markdown", former=True)
    parser.add_argument("--all", action="store_true", help="list every session, however many")
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--watch",
        action=_Seconds,
        const=5.0,
        help="look again every 5 (or so many) seconds until interrupted",
    )
    again.add_argument(
        "--wait",
        action=_Seconds,
        const=60.0,
        help="look until the cluster is healthy, for at most 60 (or so many) seconds, "
        "and print the last look",
    )
    add_cluster_options(parser)
    parser.add_argument(
        "--metrics-ca",
        metavar="FILE",
        help="authorities that sign the certificates of MetalLB's metrics, in PEM; without it any "
        "certificate is accepted, since MetalLB signs its own",
    )
    parser.set_defaults(run=run, swallowed=None, shown=False, document=_document)


def run(args: argparse.Namespace) -> int:
    """Look, and show what was found."""
    from metallb.actions.nodes import live_cluster
    from metallb.installation.names import METRICS_READER
    from metallb.loading.stack import load
    from metallb.status.judge import judge
    from metallb.status.look import look

    if args.format == "json" and args.all:
        raise unused("--all", "with --format json", detail="The JSON document lists everything")
    loaded = load(_named(args))
    stack, answers = loaded.config, loaded.snapshot()
    account = (stack.install.namespace, METRICS_READER)
    cluster = live_cluster(args, stack, account=account, metrics_ca=args.metrics_ca)

    def once() -> "Status":
        return judge(look(cluster, stack.install), stack, loaded.name, answers)

    if args.watch is not None:
        return _watched(once, args)
    status = once() if args.wait is None else _waited(once, args.wait)
    _show(args, status)
    return _EXIT[status.health.value]


def _named(args: argparse.Namespace) -> str:
    """The stack of the command line.

    :raises UsageError: there is none, or two.
    """
    names = [name for name in (args.stack, args.swallowed) if name is not None]
    if len(names) != 1:
        given = f"status has {len(names)} stacks: {', '.join(names)}"
        raise UsageError(
            given if names else "status has no stack",
            code="E208",
            help="give the name of one stack, or the path of one stack file",
        )
    return str(names[0])


def _watched(once: Callable[[], "Status"], args: argparse.Namespace) -> int:
    """Look until interrupted, which ends it with the last look's code wherever it comes.

    A cluster that does not answer for a while is no reason to stop.
    """
    code = _INTERRUPTED
    try:
        while True:
            try:
                status = once()
                _show(args, status)
                code = _EXIT[status.health.value]
            except EngineError as error:
                code = error.exit_code
                _show_error(args, error)
                text = problems_text(error.problems, style_of(sys.stderr))
                print(text, file=sys.stderr, flush=True)
            time.sleep(args.watch)
    except KeyboardInterrupt:
        return code


def _waited(once: Callable[[], "Status"], seconds: float) -> "Status":
    """The first look that finds the cluster healthy, or the last one before the time is over.

    :raises EngineError: the API server did not answer the last look, or refuses the user, which
        waiting does not change.
    """
    from metallb.status.cluster import LoggedOut, Refused

    end = time.monotonic() + seconds
    while True:
        try:
            status = once()
            left = end - time.monotonic()
            if status.health == "healthy" or left <= 0:
                return status
        except EngineError as error:
            left = end - time.monotonic()
            if left <= 0 or isinstance(error, LoggedOut | Refused):
                raise
        time.sleep(min(_BETWEEN, left))


def _document(args: argparse.Namespace, error: BaseException) -> None:
    """The document of a look that failed; the error in words goes to standard error."""
    if not (args.shown or isinstance(error, SystemExit | ReaderGone)):
        _show_error(args, error)


def _show_error(args: argparse.Namespace, error: BaseException) -> None:
    if args.format == "text":
        return
    with held():
        from metallb.problems.error_report import ErrorReport
        from metallb.stackfile.paths import stack_name, stack_path
        from metallb.status.model import Health, Status

    named = str(args.stack or args.swallowed or "")
    try:
        name = stack_name(stack_path(named))
    except ConfigError:
        name = named
    report = ErrorReport.of_any(f"status {named}", error)
    _show(args, Status(stack=name, health=Health.UNKNOWN, error=report))


def _show(args: argparse.Namespace, status: "Status") -> None:
    with held():
        from metallb.status.text import markdown, text

    # A watch has a document for each look, so one that fails later has its own.
    args.shown = args.watch is None
    watching = args.watch is not None
    if args.format == "json":
        # In ASCII: what a terminal would obey in a foreign name is a code.
        document = status.model_dump(mode="json", by_alias=True)
        print(json.dumps(document, indent=None if watching else 2), flush=True)
        return
    if args.format == "markdown":
        print(markdown(status, everything=args.all), flush=True)
        return
    if watching:
        if sys.stdout.isatty():
            print("\033[2J\033[H", end="")
        print(time.strftime("%H:%M:%S"))
    print(text(status, everything=args.all), flush=True)
