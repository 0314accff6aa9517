"""`recover`: make a stack ready for the next update after one that was cut off."""

import argparse

from metallb.config.paths import stack_path

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "recover",
        help="repair a stack after an update that was cut off",
        description="Removes the lock of a dead update, settles operations that were under way "
        "(sessions that exist are imported), and tells of Elastic IP blocks that were reserved "
        "for this stack and that its state does not know.",
    )
    parser.add_argument(
        "stack", help="name of a stack (or organization/name), or path of a stack file"
    )
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
    from metallb.config import stack_config
    from metallb.config.files import read_stack_file
    from metallb.config.load import NAMESPACE
    from metallb.config.paths import backend_name
    from metallb.repair import Repair
    from metallb.runner.raw import file_backend, raw_engine

    path = stack_path(args.stack)
    source = read_stack_file(path)
    config = stack_config(source.sections, source=str(path), secret_sections=source.secret_sections)
    token = source.config.get("equinix-metal:authToken")
    clear = token if isinstance(token, str) else None
    with raw_engine(path) as engine:
        repair = Repair(engine, NAMESPACE, backend_name(args.stack), config, clear, file_backend())
        told = repair.run(release=args.release)
    for line in told:
        print(line)
    print("ready: run `up`" if told else "nothing to repair")
    return 0
