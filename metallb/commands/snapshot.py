"""`snapshot`: record the platform's facts, so that `render` and `check` need no account."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from metallb.command_line.options import STACK_HELP, is_standard_output
from metallb.problems.escape import visible

if TYPE_CHECKING:
    from metallb.loading.stack import LoadedStack
    from metallb.platforms.facts import PlatformFacts

__all__ = ["add", "run"]

_NO_STACK = "E507"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command, and its former name."""
    parser = commands.add_parser(
        "snapshot",
        aliases=["record"],
        help="record the platform's facts beside the stack file",
        description="Reads the platform's facts (nodes, sessions, addresses) from the state of the "
        "stack's last update, or from a platform whose facts no update reads, so that review and "
        "GitOps need neither account nor engine. The file holds no secret. `record` is its former "
        "name.",
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_HELP)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write, if not the one beside it"
    )
    parser.add_argument("--force", action="store_true", help="replace any other file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the snapshot."""
    from metallb.loading.snapshot import is_snapshot, snapshot_path, snapshot_text
    from metallb.loading.stack import load
    from metallb.problems.errors import SnapshotError
    from metallb.writing.files import write_file

    loaded = load(args.stack)
    platform = loaded.config.platform
    if not platform.looks_up:
        raise SnapshotError(
            f"stack {loaded.name} has no facts to record: its platform is {platform.kind}",
            code="E202",
            detail="A snapshot is for a platform that facts are looked up at.",
            help=f"run render or check on {loaded.name} without one",
        )
    facts = _of_state(loaded, args.stack) if platform.in_state else _of_source(loaded)
    target = args.output or snapshot_path(loaded.path)
    text = snapshot_text(platform, facts, f"metallb snapshot {loaded.name}")
    if args.output is not None and is_standard_output(args.output):
        sys.stdout.write(text)
        return 0
    write_file(target, text, ours=is_snapshot, force=args.force)
    nodes, blocks = len(facts.nodes), len(facts.blocks)
    counts = f"{nodes} node{'s'[: nodes != 1]}, {blocks} block{'s'[: blocks != 1]}"
    print(visible(f"wrote {target}: {counts}"))
    return 0


def _of_state(loaded: "LoadedStack", typed: str) -> "PlatformFacts":
    import json
    from shlex import quote

    from metallb.problems.errors import EngineError, SnapshotError
    from metallb.runner.raw import raw_engine
    from metallb.stackfile.paths import backend_name

    name = quote(typed)
    with raw_engine(loaded.path) as engine:
        try:
            exported = json.loads(engine(["stack", "export", "--stack", backend_name(typed)]))
        except EngineError as error:
            if _NO_STACK not in {each.code for each in error.problems}:
                raise
            raise SnapshotError(
                f"the backend has no stack {name}",
                code=_NO_STACK,
                detail="A snapshot is made of the state that an update leaves.",
                help=f"run metallb up {name}, then snapshot again",
            ) from error
    return loaded.config.platform.facts_of_state(exported.get("deployment") or {}, name)


def _of_source(loaded: "LoadedStack") -> "PlatformFacts":
    from metallb.runner.raw import raw_engine
    from metallb.stackfile.paths import backend_name

    def decrypt(key: str) -> str:
        with raw_engine(loaded.path) as engine:
            return engine(["config", "get", key, "--stack", backend_name(loaded.name)]).strip()

    return loaded.config.platform.facts_of_source(loaded.token(decrypt))
