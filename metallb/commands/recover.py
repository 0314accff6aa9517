"""`recover`: make a stack ready for the next update after one that was cut off."""

import argparse

from metallb.config.paths import PROJECT_ROOT, stack_path

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
    parser.add_argument("stack", help="name of a stack, or path of a stack file")
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
    from pulumi.automation.errors import CommandError

    from metallb.config import stack_config
    from metallb.config.files import read_stack_file
    from metallb.config.load import NAMESPACE
    from metallb.config.paths import stack_name
    from metallb.errors import EngineError
    from metallb.repair import Repair
    from metallb.runner.command import engine_command
    from metallb.runner.workspace import scratch_workspace

    path = stack_path(args.stack)
    source = read_stack_file(path)
    config = stack_config(source.sections, source=str(path), secret_sections=source.secret_sections)
    token = source.config.get("equinix-metal:authToken")
    with scratch_workspace(PROJECT_ROOT, path, engine_command()) as workspace:

        def engine(command: list[str]) -> str:
            try:
                result = workspace.pulumi_command.run(
                    command, str(workspace.scratch), workspace.env_vars
                )
            except CommandError as error:
                raise EngineError(
                    where=f"pulumi {' '.join(command[:2])}",
                    seen=str(error).rpartition("stderr:")[2].strip(),
                    rule="the engine does what the repair needs",
                    remedy="follow what it says, then run recover again",
                ) from error
            return str(result.stdout)

        told = Repair(
            engine, NAMESPACE, stack_name(path), config, token if isinstance(token, str) else None
        ).run(release=args.release)
    for line in told:
        print(line)
    print("ready: run `up`" if told else "nothing to repair")
    return 0
