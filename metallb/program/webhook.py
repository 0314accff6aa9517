"""What configuration waits for and no resource has: a webhook that answers.

A chart's controller is ready before its webhook listens. The controller of our own objects is not,
but the Kubernetes provider may take the former rollout of a Deployment for the new one where the
API server's watch lags behind the write (pulumi-kubernetes, await/deployment.go), and a former
release that reads the ConfigMap has no webhook.
"""

import asyncio
from typing import Any

import pulumi

from metallb.components import MetalLB
from metallb.components.guard import ReportedError
from metallb.problems.errors import EngineError
from metallb.program.admission import Unjudged, await_verdict
from metallb.program.target import changes_cluster
from metallb.releases import ConfigFormat
from metallb.stackfile import StackConfig
from metallb.stackfile.install import Source
from metallb.status.cluster import LiveCluster

__all__ = ["webhook_answers"]


def webhook_answers(stack: StackConfig, metallb: MetalLB) -> list[Any]:
    """Futures to depend on. Of a chart, they fail when the webhook does not answer in time.

    None where nothing is installed now (in a preview, in `render`, in tests without an engine, with
    source existing), and for the ConfigMap, which no webhook validates.
    """
    source = stack.install.source
    validated = stack.install.release.format is not ConfigFormat.CONFIGMAP
    writes = changes_cluster(stack) and not pulumi.runtime.is_dry_run()
    if source is Source.EXISTING or not validated or not writes:
        return []

    async def wait() -> None:
        for resource in metallb.ready:
            await resource.id.future()
        try:
            # It reads the kubeconfig, and imports a client that takes a second.
            cluster = await asyncio.to_thread(_cluster, stack)
            await await_verdict(cluster, stack.install.namespace, waiting=_waiting)
        except Unjudged as error:
            # The rollout of our own objects is awaited anyway; a chart's shows nothing of webhooks.
            if source is Source.HELM:
                _go_on(str(error))
        except EngineError as error:
            if source is Source.HELM:
                raise ReportedError(error) from error
            # It was ready once: an update that repairs or removes other things has to go on.
            _go_on(error.problem.summary)

    future = asyncio.ensure_future(wait())
    # Where the release itself failed nothing awaits this, and asyncio would print a traceback.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return [future]


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
