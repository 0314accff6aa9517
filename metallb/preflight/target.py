"""Rules about where the objects go: a cluster, or a folder."""

from collections.abc import Iterator
from pathlib import Path

from metallb.config.folders import unfit
from metallb.config.paths import PROJECT_ROOT, STACKS
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__ = ["UNNAMED_CLUSTER"]

UNNAMED_CLUSTER = "X4"
"""The rule whose finding a command completes by the name of the current context."""


@rule(UNNAMED_CLUSTER, Severity.WARNING)
def named_cluster(case: Case) -> Iterator[Hit]:
    """The stack file names its cluster.

    Why: without one `up` changes the cluster of the current context, which is another one on
    another machine and after the next `kubectl config use-context`. `kubernetes:context` in the
    stack file is not read: the program has a provider of its own.
    Remedy: write `context: <name>` below metallb:kubernetes, as `kubectl config get-contexts` lists
    it; or renderTo, for files in place of a cluster.
    Source: pulumi-kubernetes provider (kubeconfig and context); kubectl, cluster access.
    """
    target = case.stack.kubernetes if case.stack is not None else None
    if target is None or target.render_to or target.kubeconfig or target.context:
        return
    wrong = (
        "no cluster is named: `up` changes the cluster of the current context, which is another "
        "one on another machine"
    )
    yield Hit("metallb:kubernetes", "no context, kubeconfig or renderTo", wrong)


def _home() -> Path:
    try:
        return Path("~").expanduser()
    except RuntimeError:  # a user without a home directory
        return Path("/root")


@rule("X5", Severity.ERROR)
def folder_of_its_own(case: Case) -> Iterator[Hit]:
    """renderTo is a folder that holds nothing else.

    Why: the engine writes the folders 0-crd and 1-manifest there, keys among them, and deletes from
    them later.
    Remedy: write a folder of its own, such as renderTo: build/prod.
    Source: pulumi-kubernetes provider (renderYamlToDirectory).
    """
    folder = case.stack.kubernetes.render_to if case.stack is not None else None
    if folder is None:
        return
    fault = unfit(folder, project=PROJECT_ROOT, stacks=STACKS, home=_home())
    if fault:
        wrong = (
            "is no folder of its own: the engine writes the folders 0-crd and 1-manifest there, "
            "keys among them, and later deletes from them"
        )
        yield Hit("metallb:kubernetes.renderTo", f"{folder!r}, {fault}", wrong)
