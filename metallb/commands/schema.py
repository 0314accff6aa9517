"""`schema`: the JSON Schema of the stack file, for editors."""

import argparse
from pathlib import Path

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
    parser.add_argument("-o", "--output", type=Path, help="file to write (stacks/schema.json)")
    parser.add_argument("--force", action="store_true", help="replace any other file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the schema."""
    from metallb.stackfile.json_schema import is_schema, schema_text
    from metallb.stackfile.paths import STACKS
    from metallb.writing.files import write_file

    target = args.output or STACKS / "schema.json"
    write_file(target, schema_text(), ours=is_schema, force=args.force)
    print(visible(f"wrote {target}"))
    return 0
