"""`topology`: a picture of racks, nodes, routers, sessions and pools."""

import argparse
import sys
from pathlib import Path

from metallb.command_line import STACK_HELP

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "topology",
        help="draw racks, nodes, routers, sessions and pools",
        description="Draws the stack file. A cloud's facts come from the snapshot beside the "
        "stack file; without one, its routers stay unknown. Shows no secret.",
    )
    parser.add_argument("stack", help=STACK_HELP)
    parser.add_argument(
        "--format",
        choices=["text", "mermaid", "svg", "html"],
        default="text",
        help="text if not given",
    )
    parser.add_argument("-o", "--output", type=Path, help="file to write; standard output if not")
    parser.add_argument(
        "--snapshot",
        "--answers",
        type=Path,
        metavar="FILE",
        help="snapshot of the platform, if not the one beside it",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw it."""
    from metallb.file_errors import write_file
    from metallb.loading import load
    from metallb.problems.escape import escaped
    from metallb.topology import FORMATS, topology_of

    loaded = load(args.stack)
    topology = topology_of(loaded.config, loaded.name, loaded.snapshot(args.snapshot))
    drawn = escaped(FORMATS[args.format](topology))
    if args.output:
        write_file(args.output, drawn)
    else:
        sys.stdout.write(drawn)
    return 0
