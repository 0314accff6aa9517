"""The part of `check` that judges files which are no stack files."""

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path

from metallb.actions.verdict import in_order, noted
from metallb.command_line.options import unused
from metallb.importing.assumed import assumed_mode, assumed_release, release_note
from metallb.importing.formats import NOTHING, FileFormat
from metallb.importing.hcl import lokomotive_file, read_lokomotive
from metallb.importing.hcl_lines import LokomotiveLines
from metallb.importing.reading import Reading, read_foreign
from metallb.importing.sources import Sources, sources_of
from metallb.importing.validating import imported_stack
from metallb.preflight import UNNAMED_CLUSTER, check_routing, check_stack
from metallb.preflight.places import ConfigMapPlaces, ManifestPlaces
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Position, Problem, Severity, spelled
from metallb.releases import DEFAULT_RELEASE, BgpMode, Release

__all__ = ["ForeignFiles", "check_reading"]

_OF_STACK_FILES, _OF_OTHER_FILES = "A5", "A17"
"""Rules about host bits in a block."""


@dataclass(frozen=True)
class ForeignFiles:
    """A file or folder of other formats, sorted by what reads it."""

    path: Path
    sources: Sources

    @classmethod
    def of(cls, path: Path, form: FileFormat) -> "ForeignFiles":
        """What is there.

        :param form: what `sniff` takes the path for.
        :raises ConfigError: it can't be read.
        """
        return cls(path, sources_of([path], {path: form}))

    @property
    def form(self) -> FileFormat:
        """The format of the whole."""
        ((_, form),) = self.sources.forms
        return form

    def problems(self, source: str, args: argparse.Namespace) -> list[Problem]:
        """Every problem.

        :param source: what messages call the file.
        :param args: release, mode and limits that no file has.
        """
        sources = self.sources
        if args.var and not sources.lokomotive:
            raise unused("--var", f"for {source}", detail="It is for variables of Lokomotive")
        found = _of_lokomotive(sources.lokomotive, args) if sources.lokomotive else []
        others = _of_objects(self.path, source, args) if sources.others else []
        if sources.only_by_chance:
            others = [each for each in others if each.code != NOTHING]
        return [*found, *others]


def _of_objects(path: Path, source: str, args: argparse.Namespace) -> list[Problem]:
    try:
        reading = read_foreign(path)
    except ConfigError as error:
        return [_at(each, str(path)) for each in error.problems]
    for each in reading.passed_over if args.verbose else reading.passed_in_short:
        noted(f"passed over: {each}")
    for where, _ in reading.not_read:
        noted(f"not checked: {spelled(where)}")
    if not args.release:
        for each in release_note(reading):
            noted(f"{source}: {each}")
    if not args.mode:
        release = args.release or assumed_release(reading)
        noted(f"{source}: {assumed_mode(reading, release).note()}")
    found = check_reading(
        reading,
        release=args.release,
        mode=BgpMode(args.mode) if args.mode else None,
        max_prefixes=args.max_prefixes,
        ecmp_limit=args.ecmp_limit,
    )
    return in_order(map(reading.placed, found))


def check_reading(
    reading: Reading,
    *,
    release: Release | None = None,
    mode: BgpMode | None = None,
    max_prefixes: int | None = None,
    ecmp_limit: int | None = None,
) -> tuple[Problem, ...]:
    """Every problem of a configuration that no stack file made."""
    in_configmap = reading.format is FileFormat.CONFIGMAP
    release = release or assumed_release(reading)
    return check_routing(
        reading.routing,
        release=release,
        mode=mode or assumed_mode(reading, release).mode,
        places=ConfigMapPlaces() if in_configmap else ManifestPlaces(),
        foreign=reading.foreign,
        max_prefixes=max_prefixes,
        ecmp_limit=ecmp_limit,
    )


def _of_lokomotive(paths: tuple[Path, ...], args: argparse.Namespace) -> list[Problem]:
    """Lokomotive's block says pools and workloads; what it would become is checked."""
    path = lokomotive_file(paths)
    try:
        version = str(args.release or DEFAULT_RELEASE)
        read = read_lokomotive(*paths, version=version, given=dict(args.var))
        stack = imported_stack(read.sections, source=str(path))
    except ConfigError as error:
        found = [_at(each, str(path)) for each in error.problems]
    else:
        # The block has no place for a cluster; the stack file that `import` makes of it has.
        found = [each for each in check_stack(stack) if each.code != UNNAMED_CLUSTER]
        found = [_widened(each) if each.code == _OF_STACK_FILES else each for each in found]
    lines = LokomotiveLines(path)
    return [each if _has_line(each) else lines.placed(each) for each in found]


def _has_line(problem: Problem) -> bool:
    return problem.position is not None and problem.position.line > 0


def _widened(problem: Problem) -> Problem:
    """Host bits in a file that MetalLB would read, which `import` corrects."""
    return dataclasses.replace(problem, code=_OF_OTHER_FILES, severity=Severity.WARNING)


def _at(problem: Problem, source: str) -> Problem:
    """The problem of a file; without a place in it, the file as a whole is wrong."""
    return problem if problem.position else problem.at(Position(source))
