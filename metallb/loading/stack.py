"""The one way from what a person types to a stack: its file, configuration, recorded facts, token.

Each part is made when it is first used. What is wrong with the file is raised with its line and
column, so that every command shows it alike.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from metallb.command_line.standard_input import STANDARD_INPUT, file_of, is_spooled
from metallb.loading.current_context import with_current_context
from metallb.loading.snapshot import facts_path, read_facts, refuse_unneeded
from metallb.platforms.base import Platform
from metallb.platforms.facts import PlatformFacts
from metallb.preflight import check_clear_texts, check_stack, refuse_unusable
from metallb.problems.errors import EngineError, MetalLBError
from metallb.problems.file_errors import folder_fault
from metallb.problems.lines import Lines
from metallb.problems.problem import Location, Position, Problem, Severity
from metallb.stackfile import StackConfig, stack_config
from metallb.stackfile.files import StackFile, open_stack_file, read_stack_file, read_text
from metallb.stackfile.paths import is_there, project_folder, stack_name, stack_path
from metallb.stackfile.sealed import silenced_ids, stack_for_rules

__all__ = ["FilePlaces", "LoadedStack", "load", "load_file"]


@dataclass(frozen=True)
class FilePlaces:
    """Finds the line and column of problems in one YAML file.

    :ivar path: where the file is.
    :ivar source: what messages call it.
    :ivar root: number of the document, and the keys down to what locations begin in.
    :ivar text: what the file is to hold, where that is not written yet.
    """

    path: Path
    source: str
    root: Location = (0,)
    text: str | None = None

    @cached_property
    def _lines(self) -> Lines:
        lines = Lines(read_text if self.text is None else lambda _: self.text or "")
        lines.add((), self.path, self.root)
        return lines

    def located(self, problem: Problem) -> Problem:
        """The problem at its place; as it is where it has no location and no place."""
        found = self._lines.placed(problem)
        if found.position is None or found.position.file != str(self.path):
            return found
        return found.at(found.position._replace(file=self.source))

    def in_file(self, problem: Problem) -> Problem:
        """The problem at its place; without a location, the file as a whole is wrong."""
        found = self.located(problem)
        return found if found.position else found.at(Position(self.source))

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Put every problem of an error that is raised within at its place in this file."""
        try:
            yield
        except MetalLBError as error:
            error.problems = tuple(map(self.in_file, error.problems))
            raise


@dataclass(frozen=True)
class LoadedStack:
    """A stack, of which nothing is read until it is used.

    :ivar path: where its file is.
    :ivar source: what messages call the file.
    :ivar text: what the file is to hold, where that is not written yet.
    """

    path: Path
    source: str
    text: str | None = None

    @property
    def name(self) -> str:
        """The stack's name: that of Pulumi.demo.yaml is `demo`."""
        return stack_name(self.path)

    @cached_property
    def locations(self) -> FilePlaces:
        """From the location of a value to its place in the file."""
        return FilePlaces(self.path, self.source, (0, "config"), self.text)

    @cached_property
    def document(self) -> StackFile:
        """What the file holds, also where keys of it are in no place that is read.

        :raises ConfigError: the file can't be read.
        """
        with self.locations.errors():
            return open_stack_file(self.path, self.text)

    @cached_property
    def file(self) -> StackFile:
        """What the file holds, before any model.

        :raises ConfigError: the file can't be read, or keys of it are in no place that is read.
        """
        with self.locations.errors():
            return read_stack_file(self.path, self.text)

    def refuse_unreadable(self) -> None:
        """Stop where the file can't be read, whatever its sections hold.

        :raises ConfigError: as `file`.
        """
        self.file  # noqa: B018 - reading it is all

    @cached_property
    def config(self) -> StackConfig:
        """The configuration.

        :raises ConfigError: a mistake in the form of the file, or a value that is encrypted.
        """
        file = self.file
        with self.locations.errors():
            return stack_config(
                file.sections, source=self.source, secret_sections=file.secret_sections
            )

    @cached_property
    def readable(self) -> StackConfig | None:
        """The configuration as far as rules need it; None where they need what is encrypted.

        :raises ConfigError: a mistake in the form of the file.
        """
        if not self.file.secret_sections:
            return self.config
        with self.locations.errors():
            return stack_for_rules(self.file, self.source)

    @cached_property
    def findings(self) -> tuple[Problem, ...]:
        """What the rules find in the file alone, without what it ignores.

        Only credentials in clear text where values are encrypted that rules look at: the program
        checks the rest inside the engine.

        :raises ConfigError: a mistake in the form of the file.
        """
        stack, clear = self.readable, self.file.clear_texts
        if stack is None:
            found = check_clear_texts(clear, silenced=silenced_ids(self.file))
        else:
            found = with_current_context(check_stack(stack, clear_texts=clear))
            found += tuple(_unwritable(stack))
        return tuple(map(self.locations.in_file, found))

    @property
    def lacking_rights(self) -> tuple[Problem, ...]:
        """A folder for the manifests that this process may not write to.

        `check` may run on another machine or as another user, and writes nothing.
        """
        found = () if self.readable is None else _unwritable(self.readable, to_write=True)
        return tuple(map(self.locations.in_file, found))

    def recorded(
        self, given: Path | None = None, *, required: bool = False
    ) -> PlatformFacts | None:
        """The recorded facts of the platform: those of a file, or of the one beside the stack file.

        :param given: a file that --snapshot names, which has to exist.
        :param required: the file beside the stack file has to exist as well.
        :returns: None where nothing is recorded.
        :raises SnapshotError: the file has not the facts of this stack.
        :raises UsageError: the platform has no facts to record.
        """
        stack = self.readable or self.config
        if given is not None:
            refuse_unneeded(stack, "--snapshot")
        path = facts_path(self.path) if given is None else file_of(given)
        if given is None and not (required or is_there(path)):
            return None
        with FilePlaces(path, _shown(path)).errors():
            return read_facts(path, stack)

    def snapshot(
        self, given: Path | None = None, *, required: bool = False
    ) -> PlatformFacts | None:
        """The recorded facts, where peers can be made of every node.

        :param given: as of `recorded`, and so is `required`.
        :raises SnapshotError: as `recorded`.
        :raises PreflightError: no peer can be made of a node.
        :raises UsageError: as `recorded`.
        """
        facts = self.recorded(given, required=required)
        if facts is not None:
            with self.locations.errors():
                refuse_unusable(self.config, facts, source=self.source)
        return facts

    def token(
        self, decrypt: Callable[[str], str], platform: type[Platform] | None = None
    ) -> str | None:
        """The API token in the stack's own configuration; None leaves it to the environment.

        :param decrypt: gives the clear text of a key of the configuration.
        :param platform: the platform that it is for; that of the stack where it is left out.
        :raises EngineError: it is encrypted and can't be read, and the environment has none.
        """
        of = platform or type(self.config.platform)
        try:
            return of.token(self.file.config, decrypt)
        except EngineError:
            # Without the passphrase: the environment's token is as good.
            if not of.token_in_environment():
                raise
            return None


def load(name_or_path: str) -> LoadedStack:
    """The stack of a name, `organization/name` or path.

    :raises ConfigError: there is none.
    """
    return load_file(stack_path(name_or_path))


def load_file(path: Path, text: str | None = None) -> LoadedStack:
    """The stack of a file.

    :param text: what the file is to hold, where that is not written yet.
    """
    return LoadedStack(path, _shown(path), text)


def _unwritable(stack: StackConfig, *, to_write: bool = False) -> Iterator[Problem]:
    """A folder for the manifests that can't be made here, or can't be written to."""
    folder = stack.kubernetes.render_to
    fault = folder_fault(project_folder() / folder, to_write=to_write) if folder else ""
    if fault:
        yield Problem(
            "E203",
            Severity.ERROR,
            f"cannot write to {folder}: {fault}",
            ("metallb:kubernetes", "renderTo"),
            help="write another folder",
        )


def _shown(path: Path) -> str:
    """A file below the current folder as it is called from there; another one by its whole path."""
    if is_spooled(path):
        return STANDARD_INPUT
    folder = Path.cwd()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
