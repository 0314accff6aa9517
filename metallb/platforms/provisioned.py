"""What a platform's resources and look-ups give an update: facts that are known later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metallb.platforms.facts import BlockFacts, NodeFacts, PlatformFacts

if TYPE_CHECKING:
    import pulumi

__all__ = ["Provisioned", "Run", "StateReader"]

StateReader = Callable[[str], Mapping[str, Any] | None]
"""Gives the whole state of a stack, by organization/project/name; None where it can't be had."""


@dataclass(frozen=True)
class Run:
    """The run of a program, for a platform.

    :ivar source: what messages call the stack file.
    """

    source: str
    read_state: StateReader


@dataclass(frozen=True)
class Provisioned:
    """Facts as Outputs, by keys of the stack file.

    :ivar together: the facts of all nodes at once, without blocks.
    :ivar former_peers: former names of peers whose nodes were called otherwise, by present name.
    """

    nodes: "Mapping[str, pulumi.Output[NodeFacts]]" = field(default_factory=dict)
    blocks: "Mapping[str, pulumi.Output[BlockFacts]]" = field(default_factory=dict)
    together: "pulumi.Output[PlatformFacts] | None" = None
    former_peers: Mapping[str, str] = field(default_factory=dict)
