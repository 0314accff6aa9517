"""`record`: save what the platform said, so that `render` and `check` need no account."""

import argparse
from pathlib import Path

from metallb.config.paths import STACK_HELP, backend_name, stack_name, stack_path

__all__ = ["add", "run"]


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
    from metallb.config import stack_config
    from metallb.config.files import read_stack_file
    from metallb.errors import AnswersError, EngineError
    from metallb.runner.raw import raw_engine

    path = stack_path(args.stack)
    name = quote(args.stack)
    source = read_stack_file(path)
    config = stack_config(source.sections, source=str(path), secret_sections=source.secret_sections)
    with raw_engine(path) as engine:
        try:
            exported = json.loads(engine(["stack", "export", "--stack", backend_name(args.stack)]))
        except EngineError as error:
            if "no stack named" not in error.seen:
                raise
            raise AnswersError(
                where=name,
                seen="no such stack in the backend",
                rule="answers are recorded from the state that an update leaves",
                remedy=f"python -m metallb up {name}, then record again",
            ) from error
    answers = recorded_answers(exported.get("deployment") or {}, config, name)
    target = args.output or answers_path(path)
    target.write_text(answers_text(answers, stack_name(path)), encoding="utf-8")
    print(f"wrote {target}: {len(answers.devices)} devices, {len(answers.blocks)} blocks")
    return 0
