"""The rules over the platform's answers, and the gate that keeps Kubernetes objects behind them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from metallb.components import BgpPeers, ElasticIpBlock
from metallb.components.base import combined
from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.current_context import with_current_context
from metallb.guard import guarded
from metallb.platforms import Answers, BlockAnswer, metal_peers
from metallb.preflight import UNNAMED_CLUSTER, check_answers, refuse
from metallb.problems.journal import record
from metallb.problems.problem import Problem
from metallb.problems.text import problems_text

__all__ = ["gate", "of_this_run", "source", "warn"]

_NODES = "(nodes)"
"""Key of the nodes' answers among the blocks', which are DNS labels."""


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


def gate(
    stack: StackConfig,
    blocks: Mapping[str, ElasticIpBlock],
    nodes: BgpPeers | None,
    known: tuple[Problem, ...],
) -> Any:
    """Something to depend on that fails when the answers break a rule.

    A bare future rather than an Output: as an Output it would make every Kubernetes object depend
    on every session in the engine's state, which grows with the square of the cluster.
    """
    waits: list[pulumi.Output[Any]] = [_checked(stack, blocks, nodes, known)]
    platform = stack.platform
    if (
        nodes is not None
        and isinstance(platform, EquinixMetalPlatform)
        and pulumi.runtime.is_dry_run()
    ):
        # A block that a preview does not know yet must not hide what it knows of the devices.
        def of_devices(answers: Answers) -> None:
            problems = check_answers(stack, answers, known=known)
            refuse([each for each in problems if not _of_pools(each)], source=source())
            metal_peers(stack, platform, answers.nodes)

        waits.append(nodes.known.apply(guarded(of_devices)))

    async def wait() -> None:
        for output in waits:
            await output.future()

    return asyncio.ensure_future(wait())


def _checked(
    stack: StackConfig,
    blocks: Mapping[str, ElasticIpBlock],
    nodes: BgpPeers | None,
    known: tuple[Problem, ...],
) -> pulumi.Output[None]:
    """Fails when the complete answers break a rule."""

    @guarded
    def check(values: dict[str, Any]) -> None:
        found: Answers = values[_NODES]
        answers = Answers.of(found.nodes, {name: values[name] for name in blocks})
        problems = check_answers(stack, answers, known=known)
        refuse(problems, source=source())
        warn(problems)

    values: dict[str, Any] = {
        name: pulumi.Output.all(block.block_id, block.cidr_notation, block.adopted_metro).apply(
            lambda found: BlockAnswer(id=found[0], cidr_notation=found[1], metro=found[2])
        )
        for name, block in blocks.items()
    }
    values[_NODES] = nodes.known if nodes else Answers()
    return combined(values, check)


def _of_pools(problem: Problem) -> bool:
    """Whether a problem is about pools, which a preview may know without their blocks."""
    return problem.location[:1] == ("metallb:addressPools",)
