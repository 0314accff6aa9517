"""Wires a stack file's components, phase by phase."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from metallb.command_line.collector import collect_rarely, set_imports_aside
from metallb.command_line.plugins import load_no_plugins
from metallb.components import RoutingConfiguration
from metallb.components.guard import guarded
from metallb.components.routing_arguments import RoutingConfigurationArgs
from metallb.inventory.configuration import LABELS, ROUTING
from metallb.inventory.planned import Phase
from metallb.inventory.stack import Inventory, inventory_of
from metallb.loading.settings import clear_settings, load_settings, recorded_facts
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import static_routing
from metallb.platforms.provisioned import Provisioned, Run, StateReader
from metallb.preflight import check_stack, refuse
from metallb.problems.problem import Problem
from metallb.program.checks import gate, of_this_run, source, warn
from metallb.program.exports import export
from metallb.program.installation import installation
from metallb.program.objects import config_map, routing_objects
from metallb.program.pulumi_cli import exported_state
from metallb.program.recorded import of_snapshot
from metallb.program.successions import successions_of
from metallb.program.waves import waves_of
from metallb.program.webhook import webhook_answers
from metallb.stackfile import StackConfig

__all__ = ["deploy", "main"]

FactsReader = Callable[[], PlatformFacts]


@guarded
def main(
    read_state: StateReader = exported_state,
    recorded: FactsReader = recorded_facts,
    findings: tuple[Problem, ...] | None = None,
) -> None:
    """Read the stack's config and deploy it. The process is this program's own.

    :param read_state: as of `deploy`, and so are the others.
    """
    load_no_plugins()
    set_imports_aside()
    collect_rarely()
    deploy(load_settings(), read_state, recorded, findings)


def deploy(
    stack: StackConfig,
    read_state: StateReader = exported_state,
    recorded: FactsReader = recorded_facts,
    findings: tuple[Problem, ...] | None = None,
) -> None:
    """Register everything that a stack file describes.

    :param read_state: gives the whole state of a stack, by organization, project and name.
    :param recorded: gives the facts of the stack's snapshot, for a platform without resources.
    :param findings: what the rules found in the file and the caller has reported; found here where
        they are left out.
    :raises PreflightError: the file describes something that would fail or do nothing; nothing is
        registered then.
    """
    if findings is None:
        findings = check_stack(stack, clear_texts=clear_settings())
        warn(of_this_run(findings))
    refuse(findings, source=source())
    facts = _facts(stack, read_state, recorded)
    options = pulumi.ResourceOptions(providers={"kubernetes": _kubernetes(stack)})
    known = static_routing(stack)
    passed = gate(stack, facts, findings)
    waves = waves_of(stack)
    order = waves or successions_of(stack)
    former = facts.former_peers if order is None else {**order.renamed(), **facts.former_peers}
    if waves is not None:
        passed = waves.planned(facts, passed)
    inventory = inventory_of(stack, former_peers=former)
    metallb = installation(stack, passed, options)
    routing = _routing(stack, inventory, facts, passed, options)
    last: list[Any] = []
    for phase in inventory.phases:
        if phase in (Phase.CONTROLLER, Phase.CHART):
            metallb.start(list(routing.pools.values()))
        elif phase is Phase.POOLS:
            routing.write_pools([*metallb.definitions, passed])
        elif phase is Phase.CONFIGURATION:
            behind = [*metallb.ready, passed, *webhook_answers(stack, metallb)]
            if Phase.POOLS not in inventory.phases:
                routing.write_pools(behind)
            routing.write_rest(behind, order)
            if waves is not None:
                last.append(waves.conducted(behind))
    metallb.start_speakers([routing, *last])
    export(stack, known, facts, passed)


def _facts(stack: StackConfig, read_state: StateReader, recorded: FactsReader) -> Provisioned:
    """The facts of the platform, looked up in this update or recorded."""
    provisioned = stack.platform.provision(stack, Run(source(), read_state))
    if provisioned is not None:
        return provisioned
    return of_snapshot(recorded()) if stack.platform.looks_up else Provisioned()


def _routing(
    stack: StackConfig,
    inventory: Inventory,
    facts: Provisioned,
    passed: Any,
    options: pulumi.ResourceOptions,
) -> RoutingConfiguration:
    """The configuration, which is written as the phases come."""
    text = config_map(inventory, facts, passed)
    args: RoutingConfigurationArgs = {
        "namespace": stack.install.namespace,
        "format": stack.install.release.format.value,
        "objects": routing_objects(inventory, facts, passed),
        "passwords": {
            key: value.get_secret_value() for key, value in static_routing(stack).passwords.items()
        },
        "labels": LABELS,
        "staged": True,
    }
    if text is not None:
        args["config_map"] = text
        args["passwords"] = {}
    return RoutingConfiguration(ROUTING, args, options)


def _kubernetes(stack: StackConfig) -> k8s.Provider:
    target = stack.kubernetes
    return k8s.Provider(
        "kubernetes",
        kubeconfig=target.kubeconfig,
        context=target.context,
        render_yaml_to_directory=target.render_to,
        # Without these the provider replaces a ConfigMap or Secret whose data changes: MetalLB 0.12
        # would be without configuration in between, and a session without its MD5 key.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
