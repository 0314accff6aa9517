"""Which pods count, and what keeps a pod or a node from being ready. Pure."""

from collections.abc import Iterable

from metallb.status.cluster import Object

__all__ = [
    "CONTROLLER",
    "SPEAKER",
    "component",
    "is_leaving",
    "is_over",
    "is_ready",
    "is_waiting",
    "node_of",
    "node_trouble",
    "pod_trouble",
    "preferred",
]

SPEAKER, CONTROLLER = "speaker", "controller"


def component(pod: Object) -> str:
    """speaker or controller, as manifests and chart label them."""
    labels = pod["metadata"].get("labels") or {}
    return str(labels.get("app.kubernetes.io/component") or labels.get("component") or "")


def node_of(pod: Object) -> str:
    """The node a pod runs on; empty before it was given one."""
    return str((pod.get("spec") or {}).get("nodeName") or "")


def is_over(pod: Object) -> bool:
    """Whether nothing of the pod runs any more: Kubernetes keeps such pods, evicted ones say."""
    return _phase(pod) in ("Succeeded", "Failed")


def is_waiting(pod: Object) -> bool:
    """Whether nothing of the pod runs: not yet, or not until its containers start again."""
    states = (pod.get("status") or {}).get("containerStatuses") or []
    stopped = [
        bool({"waiting", "terminated"} & (each.get("state") or {}).keys()) for each in states
    ]
    return _phase(pod) == "Pending" or (bool(stopped) and all(stopped))


def is_leaving(pod: Object) -> bool:
    """Whether the pod is being deleted."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_ready(pod: Object) -> bool:
    """Whether the pod says so."""
    return any(
        item.get("type") == "Ready" and item.get("status") == "True" for item in _conditions(pod)
    )


def preferred(pods: Iterable[Object]) -> Object:
    """The one that does the work, of several in one place: while one takes over from another."""
    return max(
        pods,
        key=lambda pod: (
            not is_leaving(pod),
            is_ready(pod),
            str(pod["metadata"].get("creationTimestamp") or ""),
        ),
    )


def pod_trouble(pod: Object) -> str:
    """Why the pod is not ready, in Kubernetes' words; empty where it says nothing."""
    status = pod.get("status") or {}
    states = [
        each
        for key in ("initContainerStatuses", "containerStatuses")
        for each in status.get(key) or []
    ]
    for each in states:
        waiting = (each.get("state") or {}).get("waiting") or {}
        # This one says no more than that the pod starts; another container may say why it can't.
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            return _joined(f"container {each.get('name')}: {waiting['reason']}", waiting)
    for each in status.get("containerStatuses") or []:
        ended = (each.get("state") or {}).get("terminated")
        if ended:
            what = f"container {each.get('name')}: {ended.get('reason') or 'ended'}"
            return _joined(f"{what}, exit code {ended.get('exitCode')}", ended)
    for condition in _conditions(pod):
        if condition.get("type") == "PodScheduled" and condition.get("status") != "True":
            return _joined(str(condition.get("reason") or "not scheduled"), condition)
    return f"its pod is {_phase(pod)}" if is_waiting(pod) else ""


def node_trouble(node: Object | None) -> str:
    """Why a node is not ready; empty for one that is, and for one that nothing is known of."""
    for condition in _conditions(node or {}):
        if condition.get("type") == "Ready" and condition.get("status") != "True":
            return _joined("the node is not ready", condition)
    return ""


def _phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase") or "")


def _conditions(thing: Object) -> list[Object]:
    return (thing.get("status") or {}).get("conditions") or []


def _joined(what: str, state: Object) -> str:
    message = " ".join(str(state.get("message") or "").split())
    return f"{what}: {message}" if message else what
