"""A stack on a file backend: its state, the backups beside it, and its lock.

Two layouts (Pulumi, DIY backends): by project, with `.pulumi/meta.yaml`, and the older one without.
"""

import getpass
import gzip
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from metallb.files.bounded import KIB, read_bounded
from metallb.problems.errors import EngineError

__all__ = ["Backend"]

_SUFFIXES = (".json", ".json.gz")


@dataclass(frozen=True)
class Backend:
    """The files of one stack.

    :param folder: of the backend; it has a folder `.pulumi`.
    :param stack: the stack's name, without organization.
    """

    folder: Path
    project: str
    stack: str

    @property
    def is_there(self) -> bool:
        """Whether the folder is a backend at all."""
        return self._inside.is_dir()

    @property
    def locks(self) -> Path:
        """The folder of the stack's locks."""
        known = self._inside / "locks"
        if self._is_older:
            return known / self.stack
        return known / "organization" / self.project / self.stack

    def lock_files(self) -> list[Path]:
        """The locks that there are; the backend's files of attributes are none."""
        return sorted(self.locks.glob("*.json"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Inside, no engine changes the stack: as an engine does, look, write a lock, look again.

        :raises EngineError: there is another lock.
        """
        own = self.locks / f"{uuid.uuid4()}.json"
        self._refuse_others(own)
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(json.dumps(_owner()), encoding="utf-8")
        try:
            self._refuse_others(own)
            yield
        finally:
            own.unlink(missing_ok=True)

    def restored(self) -> str:
        """Make a state readable that was cut off while it was written; what was done.

        Where the state is whole, what is cut off is the file of attributes that the backend keeps
        beside it, which is not needed. Else the engine's own backup takes its place: one step
        older, and what that step made is found again, blocks by their tags. A full disk cuts the
        backup off too; then it is what the last finished update left. Call it in `locked`. Empty
        where there is no whole one.
        """
        for state in self.states():
            attributes = state.with_name(f"{state.name}.attrs")
            if _document(state) is not None:
                if not attributes.exists():
                    continue
                attributes.unlink()
                return f"removed {attributes}: the engine ended while it wrote it"
            for backup in self._backups(state):
                _replace(state.with_name(f"{state.name}.broken"), state)
                _replace(state, backup)
                attributes.unlink(missing_ok=True)
                return f"restored the state from {backup}: the engine ended while it wrote it"
        return ""

    @property
    def _inside(self) -> Path:
        return self.folder / ".pulumi"

    @property
    def _is_older(self) -> bool:
        """Whether the backend has the layout without projects."""
        try:
            found = yaml.safe_load(read_bounded(self._inside / "meta.yaml", 64 * KIB))
        except (OSError, ValueError, yaml.YAMLError):
            # Without the file it is the older one, unless nothing is there in the layout of today.
            return not (self._inside / "stacks" / self.project).is_dir()
        return not (isinstance(found, dict) and found.get("version"))

    def states(self) -> Iterator[Path]:
        """The files that hold the stack's state: one, unless its compression was changed."""
        stacks = self._inside / "stacks"
        for folder in (stacks,) if self._is_older else (stacks / self.project,):
            for suffix in _SUFFIXES:
                state = folder / f"{self.stack}{suffix}"
                if state.exists():
                    yield state

    def _backups(self, state: Path) -> Iterator[Path]:
        """Whole backups of a state, the best first.

        Beside it; of the last finished update; and what an upgrade of the layout left behind.
        """
        beside = state.with_name(f"{state.name}.bak")
        if _document(beside) is not None:
            yield beside
        for finished in self._finished():
            if _document(finished) is not None:
                yield finished
        older = self._inside / "stacks" / beside.name
        # Names of the older layout were those of any project.
        if older != beside and _is_of(_document(older), self.project):
            yield older

    def _finished(self) -> list[Path]:
        """The states that updates left at their ends, the last one first."""
        history = self._inside / "history"
        folder = history / self.stack if self._is_older else history / self.project / self.stack
        found = {
            int(count): file
            for file in folder.glob(f"{self.stack}-*.checkpoint.json*")
            if (count := file.name[len(self.stack) + 1 :].partition(".")[0]).isdecimal()
            and file.suffix != ".attrs"
        }
        return [file for _, file in sorted(found.items(), reverse=True)]

    def _refuse_others(self, own: Path) -> None:
        others = [each for each in self.lock_files() if each != own]
        if others:
            raise EngineError(
                f"stack {self.stack} is in use: {others[0]} is the lock of another update",
                code="E501",
                detail="While it is repaired no update may run.",
                help="wait for the update to end, then run the command again",
            )


def _owner() -> dict[str, Any]:
    """What an engine writes into its lock."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return {
        "pid": os.getpid(),
        "username": user,
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _document(file: Path) -> Any:
    """The JSON document that a file of the backend holds; None where it is not whole."""
    try:
        content = file.read_bytes()
        return json.loads(gzip.decompress(content) if ".gz" in file.suffixes else content)
    except (ValueError, OSError, EOFError):
        return None


def _is_of(document: Any, project: str) -> bool:
    """Whether a checkpoint is of a project, by the addresses of its resources."""
    try:
        resources = document["checkpoint"]["latest"]["resources"] or ()
        projects = {str(each["urn"]).split("::")[1] for each in resources}
    except (KeyError, TypeError, IndexError):
        return False
    return projects == {project}


def _replace(target: Path, source: Path) -> None:
    """Put a file's content in place of another's, whole or not at all."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(source.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(source.stat().st_mode & 0o777)
        draft.replace(target)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise EngineError(
            f"cannot write to {target}: {(error.strerror or str(error)).lower()}",
            code="E503",
            detail="The state is as it was.",
            help="make room for it, or correct its rights, then run the command again",
        ) from error
