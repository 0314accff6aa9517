"""What the lab has for platforms other than racks: a package below this one, named as the kind.

Nothing lists them: a kind whose package is gone is one that the lab has nothing for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from lab.errors import LabError
from lab.topology import Topology
from metallb.platforms.facts import NodeFacts
from metallb.stackfile import StackConfig

__all__ = ["Emulation", "Part", "part_of", "parts"]


@dataclass(frozen=True)
class Emulation:
    """An emulated cloud that owns a stack's project: modules of Python with their arguments."""

    name: str
    state: Path
    """The folder of its state."""
    start: tuple[str, ...]
    environment: tuple[str, ...]
    """Prints `export KEY=VALUE` lines, which lead a client to it."""
    stop: tuple[str, ...]


class Part:
    """What a platform adds to the lab; these answers are those of one that adds nothing."""

    plugins: Mapping[str, str] = {}
    """Versions of the provider plugins that its stacks need, by name."""

    def topology(self, stack: StackConfig, nodes: Mapping[str, NodeFacts]) -> Topology:
        """The site of a stack, from the facts of its nodes.

        :raises LabError: the lab has no site for it.
        """
        raise LabError(
            f"the lab has no site for platform {stack.platform.kind}",
            help="use a stack of racks",
        )

    def install(self, home: Path) -> None:
        """Put the emulated cloud's own plugin into a home of Pulumi."""

    def emulation(self, stack: StackConfig, cache: Path) -> Emulation | None:
        """The emulated cloud that owns the stack's project, if any does.

        :param cache: the folder in which it keeps its state.
        """
        return None


def part_of(kind: str) -> Part:
    """The part of a kind of platform; one that adds nothing where the lab has none."""
    return next((_part(name) for name in _names() if name.replace("_", "-") == kind), Part())


def parts() -> tuple[Part, ...]:
    """The parts of all platforms."""
    return tuple(_part(name) for name in _names())


def _names() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(__path__)]


def _part(name: str) -> Part:
    found: Part = import_module(f"{__name__}.{name}").PART
    return found
