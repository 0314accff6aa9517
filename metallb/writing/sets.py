"""A folder of files that are written as one set, beside files of others that stay as they are.

The order of a run: nothing changes until every obstacle was looked for; then the journal lists the
old names and the new ones, each file is written beside and renamed, files that are no longer wanted
are removed, and the journal lists the new set. A run that is cut off leaves an unfinished set; the
journal says so, and the next run completes it.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from metallb.command_line.interrupts import held
from metallb.problems.errors import MetalLBError, RenderError, UsageError
from metallb.problems.escape import one_line
from metallb.problems.file_errors import cause_of, is_wrong_path
from metallb.writing.entries import (
    NEW,
    kind_of,
    make_folder,
    names,
    open_below,
    opened,
    put,
    read,
    remove_new,
    status,
    sync,
)
from metallb.writing.journal import MARKER, Journal, UnreadableJournal, digest, parsed
from metallb.writing.lock import LOCK, exclusive

__all__ = ["Compared", "Former", "SetFile", "Written", "compare_set", "write_set"]

_TAKEN = "E204"
_MARKER_LIMIT = 64 * 1024 * 1024
_FILE_LIMIT = 64 * 1024 * 1024
_OWN = frozenset((MARKER, LOCK, NEW))
_FLUSHED_ONE_BY_ONE = 250
_STAYS = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.ENOENT, errno.EBUSY)
"""A folder with files of others, no folder, none any more, a file system of its own."""

Former = Callable[[int], frozenset[str]]
"""From an open folder whose marker lists no names, to the paths of the files that are ours."""


@dataclass(frozen=True)
class SetFile:
    """One file of a set.

    :ivar private: it holds a key: the file is for its owner alone, and so is its folder, in which
        no other file is.
    :ivar yields: it is written only where a person has none of the names in `instead_of`, and is
        theirs once it is changed.
    :ivar instead_of: names in the same folder that stand for it.
    """

    data: bytes
    private: bool = False
    yields: bool = False
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What a run did besides writing the files.

    :ivar completed: it completed the unfinished set of an earlier run.
    :ivar kept: files of the person's that stand in place of ours.
    """

    completed: bool = False
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """How a folder differs from a set; nothing where it is the set.

    :ivar marked: whether there is such a folder, and render wrote it.
    :ivar unfinished: an earlier run was cut off.
    :ivar missing: files that are not there.
    :ivar different: what is there in place of files, None where it is no file; the same content
        where a file with a key has other rights.
    :ivar surplus: files of an earlier run that are no longer wanted.
    """

    marked: bool = True
    unfinished: bool = False
    missing: tuple[str, ...] = ()
    different: Mapping[str, bytes | None] = field(default_factory=dict)
    surplus: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            not self.marked or self.unfinished or self.missing or self.different or self.surplus
        )


def write_set(folder: Path, files: Mapping[str, SetFile], former: Former) -> Written:
    """Make a folder hold a set of files, and nothing else that is ours.

    :param folder: made where it is not there. It may be a link to a folder; nothing in it is
        followed.
    :param files: by path in the folder, at most two folders deep.
    :raises UsageError: the folder, or something in it, is not ours; nothing was changed.
    :raises RenderError: the disk does not take it; the message says whether something was changed.
    :raises MetalLBError: another process is writing into the folder; nothing was changed.
    """
    run = _Run(folder, files, former)
    try:
        with held(), ExitStack() as stack:
            made = _make_way(folder)
            # Where nothing was written into them: what ends with code 2 has changed nothing.
            stack.callback(_unmake, made, lambda: run.changed)
            root = stack.enter_context(opened(folder))
            return run.written(root)
    except OSError as error:
        raise run.failure(error) from error


class _Run:
    """One run over an open folder.

    :ivar changed: whether something of the folder is no longer what it was.
    :ivar whole: whether the set is written, and its journal.
    :ivar at: path in the folder of what is being written or removed.
    """

    def __init__(self, folder: Path, files: Mapping[str, SetFile], former: Former) -> None:
        self.folder, self.files, self.former = folder, files, former
        self.changed = self.whole = False
        self.at = ""

    def failure(self, error: OSError) -> MetalLBError:
        """The error for a person: exit code 2 only where nothing was changed."""
        summary = f"cannot write to {self._shown(self.at)}: {cause_of(error)}"
        if self.whole:
            return RenderError(
                summary,
                code="E203",
                detail="All files are written, and the disk may not keep them.",
                help="check the disk, then run the same command again",
            )
        if self.changed:
            return RenderError(
                summary,
                code="E203",
                detail="The folder holds an unfinished set: some files are of this run, some of the"
                " one before.",
                help="remove the cause, then run the same command again, which completes it",
            )
        help = "choose another folder with -o"
        if is_wrong_path(error):
            return UsageError(summary, code="E203", help=help)
        return RenderError(summary, code="E203", detail="Nothing was changed.", help=help)

    def written(self, root: int) -> Written:
        """Write the set."""
        self._owned(root)  # before a lock file is made in a folder of others
        with exclusive(root, str(self.folder)):
            journal = self._owned(root)
            taken = self._taken(root, journal)
            wanted = {name: each for name, each in self.files.items() if name not in taken}
            old = journal.names - _changed_by_others(root, journal)
            self._refuse_obstacles(root, old, wanted)
            digests = {name: digest(each.data) for name, each in wanted.items() if each.yields}
            after = Journal(
                names=frozenset(wanted),
                digests={name: frozenset((one,)) for name, one in digests.items()},
            )
            if not (journal == after and self._is_written(root, wanted)):
                self._mark(root, journal.begun(wanted, digests))
                self._write(root, old, wanted)
                self._remove(root, old - wanted.keys())
                self._mark(root, after)
            return Written(completed=not journal.complete, kept=tuple(sorted(taken)))

    def compared(self, root: int) -> Compared:
        """How the folder differs from the set."""
        marked = status(root, MARKER) is not None
        journal = self._owned(root) if marked else Journal(names=self.former(root))
        taken = self._taken(root, journal)
        wanted = {name: each for name, each in self.files.items() if name not in taken}
        missing = {name for name in wanted if _lookup(root, name) is None}
        surplus = journal.names - wanted.keys() - _changed_by_others(root, journal)
        return Compared(
            marked=marked,
            unfinished=not journal.complete,
            missing=tuple(sorted(missing)),
            different={
                name: _content(root, name)
                for name, each in sorted(wanted.items())
                if name not in missing and not _is_whole(root, name, each)
            },
            surplus=tuple(sorted(name for name in surplus if _lookup(root, name) is not None)),
        )

    def _owned(self, root: int) -> Journal:
        """What is ours; nothing in an empty folder.

        :raises UsageError: the folder is not ours.
        """
        found = status(root, MARKER)
        if found is None:
            if set(names(root)) - _OWN:
                raise UsageError(
                    f"{one_line(str(self.folder))} has files that render did not write",
                    code=_TAKEN,
                    detail="A folder without render's journal is written only where it is empty.",
                    help=f"give an empty or a new folder, such as -o {self.folder / 'NAME'}",
                )
            return Journal()
        data = read(root, MARKER, _MARKER_LIMIT)
        if data is None:
            raise self._obstacle(MARKER, found, help="remove it, or give a new folder")
        try:
            journal = parsed(data)
        except UnreadableJournal as error:
            raise UsageError(
                f"{self._shown(MARKER)} can't be used: {error}",
                code=_TAKEN,
                detail="It lists the files that render may replace and remove.",
                help="give a new folder, and remove this one when it is no longer needed",
            ) from None
        return journal if journal.listed else Journal(names=self.former(root), listed=False)

    def _taken(self, root: int, journal: Journal) -> set[str]:
        """Files of the set in whose place a person has one."""
        return {
            name
            for name, each in self.files.items()
            if each.yields
            for other in (name, *(_sibling(name, other) for other in each.instead_of))
            if _lookup(root, other) is not None
            and (other not in journal.names or other in _changed_by_others(root, journal))
        }

    def _refuse_obstacles(
        self, root: int, old: frozenset[str], wanted: Mapping[str, SetFile]
    ) -> None:
        """Refuse what stands in the way, as long as nothing is changed.

        :raises UsageError: a link, another's file, or a folder that others may read.
        """
        for parts in sorted({(), *(_parent(name) for name in (*old, *wanted))}):
            name = "/".join((*parts, NEW))
            found = _lookup(root, name)
            if found is not None and not stat.S_ISREG(found.st_mode):
                raise self._obstacle(name, found)
        private = {_parent(name) for name, each in wanted.items() if each.private}
        for parts in sorted({parts for name in wanted for parts in _ways(name)}):
            found = _lookup(root, "/".join(parts))
            if found is None:
                continue
            if not stat.S_ISDIR(found.st_mode):
                raise self._obstacle("/".join(parts), found)
            if parts in private and (found.st_mode & 0o077 or found.st_uid != os.geteuid()):
                raise UsageError(
                    f"{self._shown('/'.join(parts))} is not for its owner alone:"
                    f" {stat.S_IMODE(found.st_mode):04o}",
                    code=_TAKEN,
                    detail="Files with keys are written into a folder of mode 0700 alone.",
                    help="remove that folder: it is made anew",
                )
        for name, each in wanted.items():
            found = _lookup(root, name)
            if found is None:
                continue
            if not stat.S_ISREG(found.st_mode):
                raise self._obstacle(name, found)
            if name not in old and _content(root, name) != each.data:
                raise self._obstacle(name, found)

    def _obstacle(self, name: str, found: os.stat_result, help: str = "") -> UsageError:
        what = kind_of(found)
        return UsageError(
            f"{self._shown(name)} is {what} that render did not write",
            code=_TAKEN,
            detail="Render follows no link and replaces nothing of others.",
            help=help or "move it elsewhere, or give another folder",
        )

    def _shown(self, name: str) -> str:
        return one_line(str(self.folder / name))

    def _is_written(self, root: int, wanted: Mapping[str, SetFile]) -> bool:
        return all(_is_whole(root, name, each) for name, each in wanted.items())

    def _mark(self, root: int, journal: Journal) -> None:
        self.at = MARKER
        remove_new(root)
        put(root, MARKER, journal.data())
        self.changed, self.whole = True, journal.complete
        sync(root)

    def _write(self, root: int, old: frozenset[str], wanted: Mapping[str, SetFile]) -> None:
        """Every file of the set that is not there yet, and the folders that they are in."""
        for parts in sorted({_parent(name) for name in (*old, *wanted)}):
            with _way(root, parts) as folder:
                if folder is not None:
                    remove_new(folder)
        private = {_parent(name) for name, each in wanted.items() if each.private}
        for parts in sorted({parts for name in wanted for parts in _ways(name)}):
            self.at = "/".join(parts)
            with open_below(root, parts[:-1]) as folder:
                make_folder(folder, parts[-1], private=parts in private)
        new = [name for name in sorted(wanted) if not _is_whole(root, name, wanted[name])]
        # One by one a disk takes some milliseconds a file. The journal is behind both: what a loss
        # of power takes away belongs to an unfinished set.
        flush = len(new) <= _FLUSHED_ONE_BY_ONE
        for parts in sorted({_parent(name) for name in wanted}):
            with open_below(root, parts) as folder:
                for name in (each for each in new if _parent(each) == parts):
                    self.at, file = name, wanted[name]
                    put(folder, _last(name), file.data, private=file.private, flush=flush)
                sync(folder)
        sync(root)
        if not flush:
            os.sync()

    def _remove(self, root: int, names: frozenset[str]) -> None:
        """Files of an earlier set, and the folders that become empty."""
        for name in sorted(names):
            self.at = name
            with _way(root, _parent(name)) as folder:
                found = None if folder is None else status(folder, _last(name))
                if found is not None and stat.S_ISREG(found.st_mode):
                    os.unlink(_last(name), dir_fd=folder)
        for parts in sorted({parts for name in names for parts in _ways(name)}, reverse=True):
            self.at = "/".join(parts)
            with _way(root, parts[:-1]) as folder:
                if folder is None:
                    continue
                try:
                    os.rmdir(parts[-1], dir_fd=folder)
                except OSError as error:
                    if error.errno not in _STAYS:
                        raise
                sync(folder)


def compare_set(folder: Path, files: Mapping[str, SetFile], former: Former) -> Compared:
    """How a folder differs from a set. Writes nothing.

    :raises UsageError: the folder can't be read, or is not ours.
    """
    run = _Run(folder, files, former)
    try:
        with opened(folder) as root:
            return run.compared(root)
    except FileNotFoundError:
        return Compared(marked=False, missing=tuple(sorted(files)))
    except OSError as error:
        raise UsageError(
            f"cannot read {one_line(str(folder))}: {cause_of(error)}",
            code="E203",
            help="give the folder that render wrote",
        ) from error


def _make_way(folder: Path) -> list[Path]:
    """Make a folder and those above it; the ones that were made, outermost first."""
    made: list[Path] = []
    missing = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    try:
        for each in reversed(missing):
            with suppress(FileExistsError):
                each.mkdir()
                made.append(each)
    except OSError:
        _unmake(made, lambda: False)
        raise
    return made


def _unmake(made: list[Path], is_used: Callable[[], bool]) -> None:
    if not is_used():
        for each in reversed(made):
            with suppress(OSError):
                each.rmdir()


def _changed_by_others(root: int, journal: Journal) -> set[str]:
    """Files that were ours as long as they were unchanged, and are changed."""
    found = {name: _content(root, name) for name in journal.digests}
    return {
        name
        for name, data in found.items()
        if data is not None and digest(data) not in journal.digests[name]
    }


def _is_whole(root: int, name: str, file: SetFile) -> bool:
    """Whether a file is there already, with the rights that it has to have."""
    found = _lookup(root, name)
    if found is None or _content(root, name) != file.data:
        return False
    return not file.private or (
        stat.S_IMODE(found.st_mode) == 0o600 and found.st_uid == os.geteuid()
    )


def _lookup(root: int, name: str) -> os.stat_result | None:
    """What has a path in the folder; None where nothing has, or the way there is none."""
    with _way(root, _parent(name)) as folder:
        return None if folder is None else status(folder, _last(name))


def _content(root: int, name: str) -> bytes | None:
    """The content of a file; None where it is no regular file."""
    with _way(root, _parent(name)) as folder:
        return None if folder is None else read(folder, _last(name), _FILE_LIMIT)


@contextmanager
def _way(root: int, parts: tuple[str, ...]) -> Iterator[int | None]:
    """An open folder in the folder; None where the way there is none, or has a link in it."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(open_below(root, parts))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise
            yield None
            return
        yield folder


def _ways(name: str) -> Iterator[tuple[str, ...]]:
    """The folders that a path leads through, outermost first."""
    parts = _parent(name)
    return (parts[: count + 1] for count in range(len(parts)))


def _parent(name: str) -> tuple[str, ...]:
    return tuple(name.split("/")[:-1])


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _sibling(name: str, other: str) -> str:
    return "/".join((*_parent(name), other))
