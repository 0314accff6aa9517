"""The engine's commands that a repair is made of: state out, state in, resources imported."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from metallb.files.scratch import private_folder
from metallb.problems.errors import EngineError
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

    def write(self, deployment: Mapping[str, Any], *, instead_of: Mapping[str, Any]) -> None:
        """Put a state in place of the one there is, which the engine refuses while it is locked.

        What an update wrote since the state was read would be undone by it, so the state is read
        once more, right before. The engine drops pending operations in any case.

        :param instead_of: the state that the new one was made of.
        :raises EngineError: the state is another one by now.
        """
        if _fingerprint(self.read()) != _fingerprint(instead_of):
            raise self.changed()
        with _written({"version": 3, "deployment": deployment}) as file:
            self._engine(["stack", "import", "--file", str(file), "--stack", self._stack])

    def changed(self) -> EngineError:
        """The error of a state that is another one than was decided about."""
        return EngineError(
            f"the state of stack {self._stack} changed while it was being repaired",
            code="E501",
            detail="Another update ran meanwhile. To write the state now would undo it.",
            help="wait until no update of the stack runs, then run the command again",
        )

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
            self._engine(["import", "--file", str(file), *flags, "--stack", self._stack])

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


def _fingerprint(deployment: Mapping[str, Any]) -> str:
    """Of everything in a state, the time of its last change among it."""
    return sha256(json.dumps(deployment, sort_keys=True).encode()).hexdigest()


@contextmanager
def _written(value: Mapping[str, Any]) -> Iterator[Path]:
    """A file that only its owner reads, with a value as JSON; gone afterwards."""
    with private_folder() as folder:
        file = folder / "handed-over.json"
        file.write_text(json.dumps(value), encoding="utf-8")
        yield file
