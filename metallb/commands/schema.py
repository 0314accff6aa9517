"""`schema`: the JSON Schema of the stack file, for editors."""

import argparse
import sys
from pathlib import Path

from metallb.command_line.options import is_standard_output
from metallb.problems.escape import visible

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "schema",
        help="write the JSON Schema of the stack file",
        description="Writes the JSON Schema that stack files refer to, so that editors complete "
        "and check them. It is made from the models.",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="file to write (schema.json beside the stack files)",
    )
    parser.add_argument("--force", action="store_true", help="replace any other file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the schema."""
    from metallb.stackfile.json_schema import is_schema, schema_text
    from metallb.stackfile.paths import stacks_folder
    from metallb.writing.files import write_file

    if args.output is not None and is_standard_output(args.output):
        sys.stdout.write(schema_text())
        return 0
    target = args.output or stacks_folder() / "schema.json"
    write_file(target, schema_text(), ours=is_schema, force=args.force)
    print(visible(f"wrote {target}"))
    return 0
