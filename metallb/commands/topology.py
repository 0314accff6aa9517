"""`topology`: a picture of racks, nodes, routers, sessions and pools."""

import argparse
import sys
from pathlib import Path

from metallb.command_line.common import note
from metallb.command_line.options import (
    STACK_OR_INPUT_HELP,
    add_snapshot_option,
    is_standard_output,
    unused,
)
from metallb.problems.escape import visible

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "topology",
        help="draw racks, nodes, routers, sessions and pools",
        description="Draws the stack file. A cloud's facts come from the snapshot beside the "
        "stack file; without one, its routers stay unknown. Shows no secret.",
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_OR_INPUT_HELP)
    parser.add_argument(
        "--format",
        choices=["text", "mermaid", "svg", "html"],
        default="text",
        help="form of the output (text)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write (standard output)"
    )
    add_snapshot_option(parser)
    parser.add_argument("--force", action="store_true", help="replace any other file that -o names")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw it."""
    from metallb.loading.stack import load
    from metallb.topology import FORMATS, is_drawing, topology_of
    from metallb.writing.files import write_file

    if args.force and is_standard_output(args.output):
        raise unused("--force", "without -o", detail="Standard output replaces no file")
    loaded = load(args.stack)
    topology = topology_of(loaded.config, loaded.name, loaded.snapshot(args.snapshot))
    drawn = FORMATS[args.format](topology)
    if not is_standard_output(args.output):
        write_file(args.output, drawn, ours=is_drawing, force=args.force)
        note(visible(f"wrote {args.output}"))
    else:
        # What the encoding of standard output does not have, a picture has as an entity.
        encoding = sys.stdout.encoding or "utf-8"
        if args.format in ("svg", "html"):
            drawn = drawn.encode(encoding, "xmlcharrefreplace").decode(encoding)
        sys.stdout.write(drawn)
    return 0
