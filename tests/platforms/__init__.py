"""What the tests of a platform add to the tests of everything: a package below this one.

It is named as the kind, and its `part` module has `PART`. Nothing lists them: a platform whose
folder is gone adds nothing, and the other tests go on.
"""

import argparse
import contextlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

__all__ = ["Cloud", "Part", "Stories", "folders", "part_of", "parts"]

HERE = Path(__file__).parent


class Cloud(Protocol):
    """Answers in place of a platform's provider plugin."""

    def call(self, token: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """A function's answer."""

    def read(self, token: str, resource_id: str) -> Mapping[str, Any]:
        """A resource that is there."""

    def new_resource(
        self, token: str, name: str, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """A new resource: its id, and what the plugin knows of it."""


@dataclass(frozen=True)
class Stories:
    """What its own pages take for granted before a command for the engine, and what one shows.

    As in `tests.docs.engine.stories`.
    """

    elsewhere: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    before: Mapping[Any, Callable[[Any], None]] = field(default_factory=dict)
    piped: Mapping[Any, str] = field(default_factory=dict)
    shown: Mapping[Any, tuple[str, ...]] = field(default_factory=dict)


class Part:
    """What a platform's tests add; these answers are those of one without a provider."""

    package = ""
    """The package of its provider's tokens."""
    refusals: tuple[type[Exception], ...] = ()
    """How its cloud refuses a call."""
    samples: Mapping[type, Callable[[], Mapping[str, Any]]] = {}
    """Arguments with which each of its components makes all that it can make."""

    models: tuple[type[BaseModel], ...] = ()
    """Models of its own files."""
    token = ""
    """The key of its provider's token in Pulumi's config."""
    texts_looked_into: Mapping[tuple[str, str], str] = {}
    """Its files and functions that may look into another program's text, each with the reason."""
    commands_elsewhere: Mapping[str, str] = {}
    """Commands of its pages' text that can't be run as they are, with the test that runs what is
    meant."""
    placeholder_rules: frozenset[str] = frozenset()
    """Rules about placeholders, which a whole stack file on a page breaks none of."""
    ways: Mapping[str, str] = {}
    """Commands that its pages alone show, with what runs them: see `tests.docs.registry`."""
    lab: tuple[str, ...] = ()
    """Its folders of the lab beside that of its name."""
    rules: frozenset[str] = frozenset()
    """The ids of its own rules."""

    @property
    def folder(self) -> Path:
        """Where its tests are."""
        return Path(inspect.getfile(type(self))).parent

    def cloud(self, stack: Mapping[str, Any] | None = None) -> Cloud | None:
        """A new cloud, for a stack's sections if any are given."""
        return None

    def parsers(self) -> Mapping[str, Callable[[], argparse.ArgumentParser]]:
        """Command lines of its part of the lab, by the module's name."""
        return {}

    def rule_cases(self) -> Mapping[str, tuple[list[Callable[[], Any]], list[Callable[[], Any]]]]:
        """Cases in which rules fire, and others in which they are silent, by the rule's id."""
        return {}

    def template_for(self, fragment: Mapping[str, Any]) -> str:
        """The shipped stack that completes a page's fragment of its stack files; empty for none."""
        return ""

    def prepare(self, copy: Path) -> None:
        """Put what its pages take for granted into a copy of the repository."""

    def stories(self) -> Stories:
        """Of its own pages."""
        return Stories()

    def snapshot(self, stack: Mapping[str, Any]) -> dict[str, Any]:
        """A snapshot for a stack that has none; empty where its platform needs none."""
        return {}

    @contextlib.contextmanager
    def emulated(self, folder: Path, kept: Path | None) -> Iterator[Mapping[str, str]]:
        """Inside, its emulated cloud runs; the environment that leads an engine to it.

        :param folder: where it keeps what it holds.
        :param kept: what it holds at first.
        """
        yield {}

    def state_of_the_cloud(self, folder: Path) -> Path | None:
        """What the cloud of `emulated` holds, if there is one."""
        return None

    @contextlib.contextmanager
    def alone(self, cloud: Cloud | None) -> Iterator[None]:
        """Inside, what the product calls by itself is answered by this cloud."""
        yield


def parts() -> tuple[Part, ...]:
    """The parts of all platforms."""
    return tuple(_part(name) for name in _names())


def part_of(stack: Any) -> Part:
    """The part of a stack's platform, by the sections of a stack file, right or wrong."""
    platform = stack.get("platform") if isinstance(stack, Mapping) else None
    kind = platform.get("kind") if isinstance(platform, Mapping) else None
    return next((_part(name) for name in _names() if name.replace("_", "-") == kind), Part())


def folders(name: str) -> list[Path]:
    """The folders of a name that platforms have, such as `blackbox/scenarios`."""
    return [folder for each in _names() if (folder := HERE / each / name).is_dir()]


def _names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules([str(HERE)]) if module.ispkg)


def _part(name: str) -> Part:
    found: Part = import_module(f"{__name__}.{name}.part").PART
    return found
