"""`plan`: every Kubernetes object of a stack, in the phases in which a cluster gets them."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from metallb.command_line.common import add_format
from metallb.command_line.options import STACK_OR_INPUT_HELP
from metallb.problems.escape import visible

if TYPE_CHECKING:
    from metallb.inventory.planned import PlannedObject
    from metallb.inventory.stack import Inventory

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "plan",
        help="list the Kubernetes objects of a stack by the phases of an update",
        description="Lists what follows from the stack file alone, without engine, cluster or "
        "account: which objects there are, in the order in which they are applied, and which facts "
        "of the platform their contents depend on. Shows no secret.",
    )
    parser.add_argument("stack", metavar="STACK", help=STACK_OR_INPUT_HELP)
    add_format(parser, "json", former=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the inventory."""
    from metallb.inventory.stack import inventory_of
    from metallb.loading.stack import load
    from metallb.preflight import refuse

    loaded = load(args.stack)
    stack = loaded.config
    refuse(loaded.findings, source=loaded.source)
    inventory = inventory_of(stack)
    print(_document(inventory) if args.format == "json" else _text(loaded.name, inventory))
    return 0


def _text(name: str, inventory: "Inventory") -> str:
    count = len(inventory.objects)
    phases = len(inventory.phases)
    lines = [
        f"{name}: {count} object{'s'[: count != 1]} in {phases} phase{'s'[: phases != 1]}",
    ]
    for number, phase in enumerate(inventory.phases, 1):
        lines.append(f"{number} {phase}")
        if inventory.chart is not None and inventory.chart.phase is phase:
            lines.append(f"  Helm chart {inventory.chart.chart} {inventory.chart.version}")
        lines += [f"  {each.kind} {each.name}{_needs(each)}" for each in inventory.of(phase)]
    return "\n".join(map(visible, lines))


def _needs(planned: "PlannedObject") -> str:
    if not planned.needs:
        return ""
    listed = [f"{each.kind} {each.key}" for each in sorted(planned.needs)]
    shown = ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")
    return f" (needs {shown})"


def _document(inventory: "Inventory") -> str:
    chart = inventory.chart
    document: dict[str, Any] = {
        "version": 1,
        "phases": [
            {
                "name": phase.value,
                "objects": [
                    {
                        "apiVersion": each.api_version,
                        "kind": each.kind,
                        "name": each.name,
                        "namespace": each.namespace,
                        "needs": [f"{key.kind}/{key.key}" for key in sorted(each.needs)],
                    }
                    for each in inventory.of(phase)
                ],
            }
            for phase in inventory.phases
        ],
        "chart": None
        if chart is None
        else {"name": chart.name, "chart": chart.chart, "version": chart.version},
    }
    return json.dumps(document, indent=2)
