"""Objects that an interrupted update was creating and that the stack's cluster has."""

from collections.abc import Sequence

from metallb.problems.errors import EngineError
from metallb.repair.creations import field_manager, is_object, made_by
from metallb.repair.recovery import Deployment, Made
from metallb.repair.state import Pending, held_id, pending_creates
from metallb.stackfile import StackConfig
from metallb.status.cluster import LiveCluster
from metallb.status.object_paths import ObjectPaths, Reader

__all__ = ["ClusterCreations", "creations_of"]


class ClusterCreations:
    """Looks in a cluster for what was being created (`metallb.repair.recovery.Creations`).

    :param kubeconfig: as `LiveCluster` has it, and so is the context.
    :param cluster: another way to read one.
    """

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        cluster: Reader | None = None,
    ) -> None:
        self._place = (kubeconfig, context)
        self._cluster = cluster

    def found(self, deployment: Deployment) -> tuple[list[Made], list[str]]:
        """Objects that the interrupted update made, with their ids; and a line for each other one.

        :raises EngineError: the cluster does not answer.
        """
        made: list[Made] = []
        others: list[str] = []
        pending = [each for each in pending_creates(deployment) if is_object(each)]
        if not pending:
            return made, others
        try:
            cluster = self._cluster or LiveCluster(*self._place)
            paths = ObjectPaths(cluster)
            for item in pending:
                manifest = item.wanted
                path = paths.of(manifest)
                live = cluster.read(path) if path else None
                if live is None:
                    continue
                metadata = live["metadata"]
                id = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
                if held_id(deployment, item.urn) == id:
                    continue
                if made_by(item, live, deployment):
                    made.append(Made(item, id, field_manager(live)))
                else:
                    others.append(
                        f"left {manifest['kind']} {id} alone: the cluster has it, and this stack "
                        "is not proven to have made it; delete it or import it "
                        "(docs/troubleshooting.md) before the next update"
                    )
        except EngineError as error:
            raise EngineError(
                f"it is unknown what became of {_count(pending)}: {error.problem.summary}",
                code=error.problem.code,
                detail="They were being created when the engine ended. What the cluster has of "
                "them becomes the stack's.",
                help=f"{error.problem.help}; where the cluster is gone for good: --without-cluster",
            ) from error
        return made, others


def _count(pending: Sequence[Pending]) -> str:
    return f"{len(pending)} Kubernetes object{'' if len(pending) == 1 else 's'}"


def creations_of(stack: StackConfig) -> ClusterCreations | None:
    """Those of a stack; None where it writes files, which are written anew."""
    target = stack.kubernetes
    if target.render_to is not None:
        return None
    return ClusterCreations(target.kubeconfig, target.context)
