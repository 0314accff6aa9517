"""What configuration waits for and no resource has: a webhook of the chart's that answers.

A release of our own objects needs no such wait: its controller is not ready before the webhook
listens, and the engine waits for that.
"""

import asyncio
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from metallb.components import MetalLB
from metallb.components.guard import ReportedError
from metallb.problems.errors import EngineError
from metallb.program.admission import Unjudged, await_verdict
from metallb.stackfile import StackConfig
from metallb.stackfile.install import Source
from metallb.status.cluster import LiveCluster

__all__ = ["webhook_answers"]


def webhook_answers(stack: StackConfig, metallb: MetalLB) -> list[Any]:
    """Futures to depend on; they fail when MetalLB's webhook does not answer in time.

    None where nothing is installed now: in a preview, in `render`, in tests without an engine.
    """
    if stack.install.source is not Source.HELM or not _installs(stack):
        return []

    async def wait() -> None:
        for resource in metallb.ready:
            await resource.id.future()
        try:
            # It reads the kubeconfig, and imports a client that takes a second.
            cluster = await asyncio.to_thread(_cluster, stack)
            await await_verdict(cluster, stack.install.namespace, waiting=_waiting)
        except Unjudged as error:
            _go_on(str(error))
        except EngineError as error:
            raise ReportedError(error) from error

    future = asyncio.ensure_future(wait())
    # Where the release itself failed nothing awaits this, and asyncio would print a traceback.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return [future]


def _installs(stack: StackConfig) -> bool:
    """Whether this run changes a cluster."""
    without_engine = isinstance(get_monitor(), MockMonitor)
    return not (
        without_engine or pulumi.runtime.is_dry_run() or stack.kubernetes.render_to is not None
    )


def _cluster(stack: StackConfig) -> LiveCluster:
    try:
        return LiveCluster(stack.kubernetes.kubeconfig, stack.kubernetes.context)
    except EngineError as error:
        raise Unjudged(error.problem.summary) from error
    except Exception as error:
        # Anything that a kubeconfig can hold, the provider plugin reads and this client does not.
        # The text may quote the file, keys and tokens included.
        raise Unjudged(f"the kubeconfig makes no client ({type(error).__name__})") from None


def _waiting(reason: str) -> None:
    pulumi.log.info(f"waiting for MetalLB's webhook, which does not answer yet: {reason}")


def _go_on(reason: str) -> None:
    pulumi.log.warn(
        "it is not known whether MetalLB's webhook answers, so the configuration is written at "
        "once; where an object is refused because the webhook does not answer, run the update "
        f"again: {reason}"
    )
