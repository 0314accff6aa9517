"""`schema`: the JSON Schema of the stack file, for editors, and those of what commands print."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from metallb.command_line.options import is_standard_output
from metallb.problems.escape import visible

__all__ = ["DOCUMENTS", "add", "run"]

DOCUMENTS = ("run", "status", "plan", "impact", "failures", "differences", "problems")
"""Those of `metallb.actions.schemas`, which the help does without."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "schema",
        help="write the JSON Schema of the stack file, or of a document",
        description="Writes the JSON Schema that stack files refer to, so that editors complete "
        "and check them; with DOCUMENT, prints that of what commands print with --format json. "
        "All are made from the models.",
    )
    parser.add_argument(
        "name",
        nargs="?",
        choices=DOCUMENTS,
        metavar="DOCUMENT",
        help=f"one of {', '.join(DOCUMENTS)}; the stack file's, where left out",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="file to write (schema.json beside the stack files; of a document: standard output)",
    )
    parser.add_argument("--force", action="store_true", help="replace any other file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the schema."""
    from metallb.stackfile.json_schema import is_schema, schema_text
    from metallb.stackfile.paths import stacks_folder
    from metallb.writing.files import write_file

    ours: Callable[[str], bool]
    if args.name is None:
        text, ours = schema_text(), is_schema
        target = args.output or stacks_folder() / "schema.json"
    else:
        from metallb.actions.schemas import SCHEMAS

        text, target = SCHEMAS[args.name](), args.output

        ours = text.startswith

    if target is None or is_standard_output(target):
        sys.stdout.write(text)
        return 0
    write_file(target, text, ours=ours, force=args.force)
    print(visible(f"wrote {target}"))
    return 0
