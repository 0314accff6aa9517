"""What a planned object is: its head from the stack file alone, its body from facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from metallb.platforms.facts import BlockFacts, NodeFacts, PlatformFacts

__all__ = ["Body", "FactKey", "FactView", "ObjectOptions", "Phase", "PlannedObject", "constant"]


class Phase(StrEnum):
    """When an object is applied: after every object of the phases before it (docs/adr/0007).

    With the chart, its release stands in the place of controller and speakers.
    """

    PREREQUISITES = "prerequisites"
    """Namespace, CRDs, Secrets, monitoring: what needs no MetalLB."""
    POOLS = "pools"
    """Before the controller: one that finds no pool takes the addresses from all Services."""
    CONTROLLER = "controller"
    """The controller, and the webhooks that check the rest."""
    CHART = "chart"
    """The release of MetalLB's Helm chart."""
    CONFIGURATION = "configuration"
    """Peers, advertisements and all that the webhooks check."""
    SPEAKERS = "speakers"
    """Last: speakers that replace older ones have their peers from the start."""


class FactKey(NamedTuple):
    """A fact of the platform: `node` or `block`, and its key in the stack file."""

    kind: str
    key: str


class FactView:
    """The facts that an object has declared to need, and no others.

    A body that reads another one fails here as it would in an update, where that one may not be
    known yet.
    """

    def __init__(
        self,
        nodes: Mapping[str, NodeFacts],
        blocks: Mapping[str, BlockFacts],
        needs: frozenset[FactKey],
    ) -> None:
        self._nodes, self._blocks = nodes, blocks
        self._needs = needs

    def node(self, key: str) -> NodeFacts:
        """The facts of a node."""
        self._refuse(FactKey("node", key))
        return self._nodes[key]

    def block(self, key: str) -> BlockFacts:
        """The facts of a block."""
        self._refuse(FactKey("block", key))
        return self._blocks[key]

    def _refuse(self, key: FactKey) -> None:
        if key not in self._needs:
            msg = f"the body of an object reads {key.kind} {key.key}, which is not in its needs"
            raise LookupError(msg)


Body = Callable[[FactView], Mapping[str, Any]]
"""The part of a manifest beside apiVersion, kind and metadata, such as its spec."""


def constant(value: Mapping[str, Any]) -> Body:
    """The body of an object that depends on no facts."""
    return lambda _: value


@dataclass(frozen=True)
class ObjectOptions:
    """What the engine does with an object beyond its manifest.

    :ivar waits_for: a `pulumi.com/waitFor` condition, after which the object counts as ready.
    :ivar skips_await: whether the engine does not wait for it at all.
    :ivar gates: whether objects of later phases wait for it.
    :ivar delete_before_replace: whether it is never there twice.
    :ivar replace_on_changes: properties whose change makes it anew.
    :ivar former_name: the name that the object had in the last update.
    """

    waits_for: str = ""
    skips_await: bool = False
    gates: bool = True
    delete_before_replace: bool = False
    replace_on_changes: tuple[str, ...] = ()
    former_name: str = ""


@dataclass(frozen=True)
class PlannedObject:
    """One Kubernetes object to be.

    :ivar parent: the component that it belongs to, such as `metallb-controller`.
    :ivar needs: facts that the body depends on.
    :ivar secret: whether the body holds a key.
    """

    api_version: str
    kind: str
    name: str
    namespace: str | None
    labels: Mapping[str, str]
    phase: Phase
    parent: str
    body: Body = field(compare=False)
    annotations: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[FactKey] = frozenset()
    options: ObjectOptions = ObjectOptions()
    secret: bool = False

    def manifest(self, facts: PlatformFacts) -> dict[str, Any]:
        """The whole object."""
        return {**self.head(), **self.body(FactView(facts.nodes, facts.blocks, self.needs))}

    def head(self) -> dict[str, Any]:
        """apiVersion, kind and metadata, as far as they are no engine's annotations."""
        metadata: dict[str, Any] = {"name": self.name}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
        if self.labels:
            metadata["labels"] = dict(self.labels)
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata}
