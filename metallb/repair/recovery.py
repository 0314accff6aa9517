"""What `Repair` needs of a platform: which resources at the provider an update left behind."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from metallb.repair.state import Pending

__all__ = ["Alone", "Creations", "Deployment", "Made", "Recovery"]

Alone = Callable[[], AbstractContextManager[object]]

Deployment = Mapping[str, Any]
"""What `pulumi stack export` shows under `deployment`."""


class Made(NamedTuple):
    """A Kubernetes object whose creation was under way and came about."""

    pending: Pending
    id: str
    manager: str
    """The field manager that applied it; empty where it was created plainly."""


class Creations(Protocol):
    """Which Kubernetes objects of one stack an interrupted update made; asks the cluster."""

    def found(self, deployment: Deployment) -> tuple[list[Made], list[str]]:
        """What came about, and lines about objects that the cluster has and that are not proven
        to be the stack's.

        :raises EngineError: the cluster does not answer.
        """


class Recovery(Protocol):
    """Decides what becomes of the resources of one stack; asks the provider, changes no state.

    Every method may raise PlatformError, where the provider's API does not answer.
    """

    @property
    def plugin_version(self) -> str:
        """Version of the provider plugin by which resources are imported."""

    def noun(self, pending: Pending) -> str:
        """What messages call such a resource."""

    def interrupted(self, deployment: Deployment) -> list[tuple[Pending, str]]:
        """Creations that were under way and came about all the same, with the ids."""

    def taken_back(self, deployment: Deployment) -> tuple[Deployment, list[str]]:
        """The state in which replaced resources that are needed again are kept, and a line each."""

    def unread(self, deployment: Deployment) -> list[str]:
        """URNs of resources that were created and whose properties are not in the state."""

    def leftovers(
        self, read: Callable[[], Deployment], release: Collection[str], alone: Alone
    ) -> list[str]:
        """Resources that are in no state, a line each; those of `release` are given back.

        :param read: reads the state.
        :param alone: makes sure that no update runs, for as long as it is entered.
        """

    def hints(self, deployment: Deployment) -> tuple[str, ...]:
        """What may be left of this stack and can't be proven to be, a line each."""
