"""The engine's commands that a repair is made of: state out, state in, resources imported."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from metallb.repair.state import Pending

__all__ = ["Engine", "EngineState"]

Engine = Callable[[list[str]], str]
"""Runs one command of the Pulumi CLI and returns its standard output; raises EngineError."""


class EngineState:
    """The state of one stack, through the engine."""

    def __init__(self, engine: Engine, stack: str) -> None:
        self._engine = engine
        self._stack = stack

    def read(self) -> dict[str, Any]:
        """The state as it is now.

        Secrets stay encrypted on their way out and back in.
        """
        whole = json.loads(self._engine(["stack", "export", "--stack", self._stack]))
        return dict(whole.get("deployment") or {})

    def write(self, deployment: Mapping[str, Any]) -> None:
        """Put a state in place of the one there is, which the engine refuses while it is locked.

        Whatever changed since the state was read is undone by it, so read, decide and write
        without anything in between. The engine drops pending operations in any case.
        """
        with _written({"version": 3, "deployment": deployment}) as file:
            self._engine(["stack", "import", "--file", file.name, "--stack", self._stack])

    def import_resources(
        self, pending: Iterable[Pending], ids: Mapping[str, str], version: str
    ) -> None:
        """Bring resources under the URNs that the state has no resource for yet.

        :param version: version of the provider plugin.
        """
        items = list(pending)
        parents = {item.parent: item.parent.rpartition("::")[2] for item in items}
        wanted = {
            "nameTable": {name: urn for urn, name in parents.items()},
            "resources": [
                {
                    "type": item.type,
                    "name": item.name,
                    "id": ids[item.urn],
                    "parent": parents[item.parent],
                    "version": version,
                }
                for item in items
            ],
        }
        flags = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"]
        with _written(wanted) as file:
            self._engine(["import", "--file", file.name, *flags, "--stack", self._stack])

    def refresh(self, urns: Iterable[str]) -> None:
        """Read resources from the provider again."""
        targets = [part for urn in urns for part in ("--target", urn)]
        self._engine(["refresh", "--yes", "--skip-preview", *targets, "--stack", self._stack])

    def lock(self) -> None:
        """Take the lock and give it back, as an update does that has nothing to do.

        A refresh of nothing: no provider is called, and what it writes is what it found under the
        lock, so it never puts an older state in place of a newer one.
        """
        nothing = ["--exclude", "**", "--suppress-outputs"]
        self._engine(["refresh", "--yes", "--skip-preview", *nothing, "--stack", self._stack])

    def cancel(self) -> None:
        """Take every lock away."""
        self._engine(["cancel", "--yes", "--stack", self._stack])


def _written(value: Mapping[str, Any]) -> Any:
    """A temporary file that only its owner reads, with a value as JSON."""
    file = tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8")  # noqa: SIM115
    json.dump(value, file)
    file.flush()
    return file
