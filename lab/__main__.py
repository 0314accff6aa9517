"""`python -m lab`: build the tools, start a lab, look at it, measure it, take it away."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lab import commands
from lab.paths import ROOT
from metallb.command_line.options import CommandParser, refuse_empty
from metallb.problems.errors import MetalLBError

_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. A person's mistake is one line and no traceback."""
    args = _parser().parse_args(argv)
    try:
        refuse_empty(argv)
        args.run(args)
    except MetalLBError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; what was started is gone", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _parser() -> CommandParser:
    parser = CommandParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--name", default="lab", help="name of the lab, for more than one at once")
    sub = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    build = sub.add_parser("build", help="build API server, controller and speaker, once")
    build.set_defaults(run=commands.build_tools)
    up = sub.add_parser("up", help="start a lab and leave it running")
    up.add_argument("--stack", default="lab", help="stack name or file (default: the lab's own)")
    up.set_defaults(run=commands.up)
    tour = sub.add_parser("tour", help="play the whole main job on a lab of its own, and check it")
    tour.set_defaults(run=commands.tour)
    down = sub.add_parser("down", help="end every process and remove every namespace and file")
    down.add_argument("--all", action="store_true", help="labs of every name")
    down.set_defaults(run=commands.down)
    status = sub.add_parser("status", help="what runs, and which sessions are established")
    status.set_defaults(run=commands.status)
    measured = sub.add_parser("reliability", help="measure failures and changes, write the table")
    measured.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "reliability.md")
    measured.set_defaults(run=commands.reliability)
    upgrade = sub.add_parser("upgrade", help="replace MetalLB 0.12.1 in place, under load")
    upgrade.set_defaults(run=commands.upgrade)
    scale = sub.add_parser("scale", help="a thousand peers: our apply beside kubectl's")
    scale.set_defaults(run=commands.scale)
    return parser


if __name__ == "__main__":
    sys.exit(main())
