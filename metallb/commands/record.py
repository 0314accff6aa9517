"""`record`: save the platform's answers, so that `render` and `check` need no account."""

import argparse
from pathlib import Path

from metallb.command_line import STACK_HELP

__all__ = ["add", "run"]

_NO_STACK = "E507"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "record",
        help="save the platform's answers beside the stack file",
        description="Reads them from the state of the stack's last update, so that review and "
        "GitOps need neither account nor engine. The file holds no secret.",
    )
    parser.add_argument("stack", help=STACK_HELP)
    parser.add_argument("-o", "--output", type=Path, help="file to write, if not the one beside it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the answers file."""
    import json
    from shlex import quote

    from metallb.answers import answers_path
    from metallb.answers.record import answers_text, recorded_answers
    from metallb.config.paths import backend_name
    from metallb.errors import AnswersError, EngineError
    from metallb.file_errors import write_file
    from metallb.loading import load
    from metallb.runner.raw import raw_engine

    loaded = load(args.stack)
    name = quote(args.stack)
    config = loaded.config
    with raw_engine(loaded.path) as engine:
        try:
            exported = json.loads(engine(["stack", "export", "--stack", backend_name(args.stack)]))
        except EngineError as error:
            if _NO_STACK not in {each.code for each in error.problems}:
                raise
            raise AnswersError(
                f"the backend has no stack {name}",
                code=_NO_STACK,
                detail="Answers are recorded from the state that an update leaves.",
                help=f"run python -m metallb up {name}, then record again",
            ) from error
    answers = recorded_answers(exported.get("deployment") or {}, config, name)
    target = args.output or answers_path(loaded.path)
    write_file(target, answers_text(answers, loaded.name))
    print(f"wrote {target}: {len(answers.devices)} devices, {len(answers.blocks)} blocks")
    return 0
