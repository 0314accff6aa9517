"""The rules over the platform's facts, and the gate that keeps Kubernetes objects behind them."""

import asyncio
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from metallb.components.base import combined
from metallb.components.guard import guarded
from metallb.loading.current_context import with_current_context
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import peers_of
from metallb.platforms.provisioned import Provisioned
from metallb.preflight import UNNAMED_CLUSTER, check_facts, refuse
from metallb.problems.journal import record
from metallb.problems.problem import Problem
from metallb.problems.text import problems_text
from metallb.stackfile import StackConfig

__all__ = ["gate", "of_this_run", "source", "warn"]

_NODES = "(nodes)"
"""Key of the nodes' facts among the blocks', which are DNS labels."""


def source() -> str:
    """What errors call the stack file."""
    return f"stacks/Pulumi.{pulumi.get_stack()}.yaml"


def of_this_run(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems as they count here: which cluster is meant is nothing to a run without one."""
    if isinstance(get_monitor(), MockMonitor):
        return tuple(each for each in problems if each.code != UNNAMED_CLUSTER)
    return with_current_context(problems)


def warn(problems: tuple[Problem, ...]) -> None:
    """Show problems that do not stop the update: in the run's journal, or in the engine's log."""
    if not record(problems):
        for each in problems:
            pulumi.log.warn(problems_text([each]))


def gate(stack: StackConfig, facts: Provisioned, known: tuple[Problem, ...]) -> Any:
    """Something to depend on that fails when the facts break a rule.

    A bare future rather than an Output: as an Output it would make every Kubernetes object depend
    on every session in the engine's state, which grows with the square of the cluster.
    """
    waits: list[pulumi.Output[Any]] = [_checked(stack, facts, known)]
    if facts.together is not None and pulumi.runtime.is_dry_run():
        # A block that a preview does not know yet must not hide what it knows of the nodes.
        def of_nodes(found: PlatformFacts) -> None:
            problems = check_facts(stack, found, known=known)
            refuse([each for each in problems if not _of_pools(each)], source=source())
            peers_of(stack, found)

        waits.append(facts.together.apply(guarded(of_nodes)))

    async def wait() -> None:
        for output in waits:
            await output.future()

    return asyncio.ensure_future(wait())


def _checked(
    stack: StackConfig, facts: Provisioned, known: tuple[Problem, ...]
) -> pulumi.Output[None]:
    """Fails when the complete facts break a rule."""

    @guarded
    def check(values: dict[str, Any]) -> None:
        nodes: PlatformFacts = values[_NODES]
        whole = nodes.model_copy(update={"blocks": {name: values[name] for name in facts.blocks}})
        problems = check_facts(stack, whole, known=known)
        # Warnings first: an error ends the run.
        warn(tuple(each for each in problems if not each.is_error))
        refuse(problems, source=source())

    together = facts.together if facts.together is not None else PlatformFacts()
    return combined({**facts.blocks, _NODES: together}, check)


def _of_pools(problem: Problem) -> bool:
    """Whether a problem is about pools, which a preview may know without their blocks."""
    return problem.location[:1] == ("metallb:addressPools",)
