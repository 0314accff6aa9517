"""`recover`: make a stack ready for the next update after one that was cut off."""

import argparse
from typing import TYPE_CHECKING, Any

from metallb.config.paths import STACK_HELP, stack_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metallb.repair import Engine

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "recover",
        help="repair a stack after an update that was cut off",
        description="Removes the lock of a dead update, settles operations that were under way "
        "(sessions that exist are imported), and tells of Elastic IP blocks that were reserved "
        "for this stack and that its state does not know. Lists sessions of the project that "
        "neither state nor stack file has.",
    )
    parser.add_argument("stack", help=STACK_HELP)
    parser.add_argument(
        "--release",
        metavar="ID",
        action="append",
        default=[],
        help="give such a block back to the provider; its addresses are lost",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Repair, and say what was done."""
    from metallb.command_line import unused
    from metallb.config import stack_config
    from metallb.config.files import read_stack_file
    from metallb.config.load import NAMESPACE
    from metallb.config.paths import backend_name
    from metallb.repair import Repair
    from metallb.runner.raw import file_backend, raw_engine

    path = stack_path(args.stack)
    source = read_stack_file(path)
    config = stack_config(source.sections, source=str(path), secret_sections=source.secret_sections)
    if args.release and config.platform.kind != "equinix-metal":
        raise unused(
            "--release",
            seen=args.release[0],
            why=f"a stack of kind {config.platform.kind} reserves no blocks",
        )
    with raw_engine(path) as engine:
        name = backend_name(args.stack)
        token = _token(source.config, engine, name)
        repair = Repair(engine, NAMESPACE, name, config, token, file_backend(engine))
        told = repair.run(release=args.release)
        hints = repair.hints()
    for line in (*told, *hints):
        print(line)
    print("ready: run `up`" if told else "nothing to repair")
    return 0


def _token(config: "Mapping[str, Any]", engine: "Engine", stack: str) -> str | None:
    """The API token of the stack's config, as the program gets it; None for one that is not there.

    :raises EngineError: it is encrypted and can't be read, and the environment has none.
    """
    from metallb.errors import EngineError
    from metallb.lookups import api_token, config_token

    try:
        return config_token(
            config, lambda key: engine(["config", "get", key, "--stack", stack]).strip()
        )
    except EngineError:
        # Without the passphrase: the environment's token is as good for what is asked here.
        if api_token(None) is None:
            raise
        return None
