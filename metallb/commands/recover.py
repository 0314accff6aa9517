"""`recover`: make a stack ready for the next update after one that was cut off."""

import argparse

from metallb.command_line.options import STACK_HELP
from metallb.problems.escape import visible

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "recover",
        help="repair a stack after an update that was cut off",
        description="Removes the lock of a dead update, settles operations that were under way "
        "(sessions and Kubernetes objects that were made are taken over), and lists Elastic IP "
        "blocks that were reserved for this stack and are not in its state. Lists sessions of the "
        "project that neither state nor stack file has.",
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_HELP)
    parser.add_argument(
        "--release",
        metavar="ID",
        action="append",
        default=[],
        help="give such a block back to the provider; its addresses are lost",
    )
    parser.add_argument(
        "--without-cluster",
        action="store_true",
        help="look for no Kubernetes objects that were being created: the cluster is gone for good",
    )
    parser.set_defaults(run=run, goes_on=True)


def run(args: argparse.Namespace) -> int:
    """Repair, and print what was done."""
    from metallb.command_line.options import unused
    from metallb.loading.stack import load
    from metallb.repair import Repair
    from metallb.runner.raw import file_backend, raw_engine
    from metallb.stackfile.load import NAMESPACE
    from metallb.stackfile.paths import backend_name
    from metallb.status.creations import creations_of

    loaded = load(args.stack)
    config = loaded.config
    if args.release and not config.platform.has_blocks:
        raise unused(
            "--release",
            f"for a stack of kind {config.platform.kind}",
            detail="Such a stack reserves no blocks",
        )
    if args.without_cluster and config.kubernetes.render_to is not None:
        raise unused(
            "--without-cluster",
            "for a stack with metallb:kubernetes.renderTo",
            detail="Such a stack writes files, and has no cluster",
        )
    with raw_engine(loaded.path) as engine:
        name = backend_name(args.stack)
        token = loaded.token(lambda key: engine(["config", "get", key, "--stack", name]).strip())
        recovery = config.platform.recovery(NAMESPACE, name.rpartition("/")[2], token)
        creations = None if args.without_cluster else creations_of(config)
        repair = Repair(engine, NAMESPACE, name, recovery, file_backend(engine), creations)
        done = repair.run(release=args.release)
        hints = repair.hints()
    for line in (*done, *hints):
        print(visible(line))
    print("ready: run `up`" if done else "nothing to repair")
    return 0
