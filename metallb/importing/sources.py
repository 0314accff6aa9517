"""Which of the named files and folders are Lokomotive's, and which hold objects or documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from metallb.importing.documents import entries_of
from metallb.importing.formats import FileFormat, sniff

__all__ = ["Sources", "sources_of"]

_LOKOMOTIVE = ".lokocfg"
_YAML = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Sources:
    """Files of one cluster.

    :ivar lokomotive: files of Lokomotive, those in folders among them.
    :ivar others: files and folders with YAML.
    :ivar forms: what the files are that were named, one by one.
    """

    lokomotive: tuple[Path, ...]
    others: tuple[Path, ...]
    forms: tuple[tuple[Path, FileFormat], ...]

    @property
    def only_by_chance(self) -> bool:
        """Whether YAML was found beside Lokomotive's files, and not named."""
        return bool(self.lokomotive) and all(path.is_dir() for path in self.others)

    @property
    def name(self) -> str:
        """All of them, as messages call them."""
        return ", ".join(str(path) for path, _ in self.forms)


def sources_of(paths: Iterable[Path], known: Mapping[Path, FileFormat] | None = None) -> Sources:
    """The files and folders by what reads them.

    :param known: what `sniff` has found of some, which are not read for it again.
    :raises ConfigError: one can't be read; a folder has neither kind of files.
    """
    lokomotive: list[Path] = []
    others: list[Path] = []
    forms: list[tuple[Path, FileFormat]] = []
    for path in dict.fromkeys(paths):
        form = (known or {}).get(path) or sniff(path)
        if path.is_dir():
            found = entries_of(path)
            of_lokomotive = sorted(each for each in found if each.suffix == _LOKOMOTIVE)
            lokomotive += of_lokomotive
            has_yaml = any(each.suffix in _YAML for each in found)
            if has_yaml or not of_lokomotive:
                others.append(path)
            else:
                form = FileFormat.LOKOMOTIVE
        elif form is FileFormat.LOKOMOTIVE:
            lokomotive.append(path)
        else:
            others.append(path)
        forms.append((path, form))
    return Sources(tuple(dict.fromkeys(lokomotive)), tuple(others), tuple(forms))
