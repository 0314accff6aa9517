"""`topology`: a picture of racks, nodes, routers, sessions and pools."""

import argparse
import sys
from pathlib import Path

from metallb.config.paths import STACK_HELP, is_there, stack_name, stack_path

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "topology",
        help="draw racks, nodes, routers, sessions and pools",
        description="Draws what the stack file says. What a cloud would answer comes from the "
        "answers file beside the stack file; without one, its routers stay unknown. Shows no "
        "secret.",
    )
    parser.add_argument("stack", help=STACK_HELP)
    parser.add_argument(
        "--format",
        choices=["text", "mermaid", "svg", "html"],
        default="text",
        help="text if not given",
    )
    parser.add_argument("-o", "--output", type=Path, help="file to write; standard output if not")
    parser.add_argument("--answers", type=Path, help="answers file, if not the one beside it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw it."""
    from metallb.answers import answers_path, read_answers, refuse_unasked
    from metallb.config import stack_config
    from metallb.config.files import read_stack_file
    from metallb.preflight import refuse_unusable
    from metallb.topology import FORMATS, topology_of

    path = stack_path(args.stack)
    source = read_stack_file(path)
    stack = stack_config(source.sections, source=str(path), secret_sections=source.secret_sections)
    if args.answers:
        refuse_unasked(stack, "--answers", args.answers)
    recorded = args.answers or answers_path(path)
    answers = read_answers(recorded, stack) if args.answers or is_there(recorded) else None
    if answers is not None:
        refuse_unusable(stack, answers, source=str(recorded))
    drawn = FORMATS[args.format](topology_of(stack, stack_name(path), answers))
    if args.output:
        args.output.write_text(drawn, encoding="utf-8")
    else:
        sys.stdout.write(drawn)
    return 0
