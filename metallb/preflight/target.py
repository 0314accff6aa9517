"""Rules about where the objects go: a cluster, or a folder."""

from collections.abc import Iterator
from pathlib import Path

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.escape import quoted
from metallb.stackfile.folders import unfit
from metallb.stackfile.paths import STACKS, project_folder

__all__ = ["UNNAMED_CLUSTER"]

UNNAMED_CLUSTER = "X4"
"""The rule whose summary a command completes by the name of the current context."""


@rule(UNNAMED_CLUSTER, Severity.WARNING)
def named_cluster(case: Case) -> Iterator[Hit]:
    """The stack file names no cluster.

    Requirement: The stack file names a context, a kubeconfig or a folder (renderTo).
    Why: without one `up` changes the cluster of the current context, which differs from machine to
    machine and after `kubectl config use-context`. `kubernetes:context` in the stack file is not
    read, because the program has a provider of its own.
    Help: write `context: NAME` below metallb:kubernetes, with a name that `kubectl config
    get-contexts` lists; or `renderTo: FOLDER`, for files in place of a cluster.
    Source: pulumi-kubernetes provider (kubeconfig and context); kubectl, cluster access.
    """
    target = case.stack.kubernetes if case.stack is not None else None
    if target is None or target.render_to or target.kubeconfig or target.context:
        return
    yield Hit(("metallb:kubernetes",), "no cluster is named")


def _home() -> Path:
    try:
        return Path("~").expanduser()
    except RuntimeError:  # a user without a home directory
        return Path("/root")


@rule("X5", Severity.ERROR)
def folder_of_its_own(case: Case) -> Iterator[Hit]:
    """renderTo is not a folder of its own.

    Requirement: renderTo is a folder that holds nothing else.
    Why: the engine writes the folders 0-crd and 1-manifest there, with Secrets, and deletes files
    from them later.
    Help: write a folder of its own, such as `renderTo: build/prod`.
    Source: pulumi-kubernetes provider (renderYamlToDirectory).
    """
    folder = case.stack.kubernetes.render_to if case.stack is not None else None
    if folder is None:
        return
    project = project_folder()
    fault = unfit(folder, project=project, stacks=project / STACKS, home=_home())
    if fault:
        yield Hit(("metallb:kubernetes", "renderTo"), f"renderTo {quoted(folder)} is {fault}")
