"""From what people have today (ConfigMap, custom resources, Lokomotive) to a stack file."""

from metallb.importing.assumed import assumed_mode, assumed_release, fits, release_note
from metallb.importing.beside import beside
from metallb.importing.comparing import lost_or_changed
from metallb.importing.hcl import Lokomotive, lokomotive_file, read_lokomotive
from metallb.importing.hcl_lines import LokomotiveLines
from metallb.importing.meaning import differences
from metallb.importing.reading import NOTHING, FileFormat, Reading, read_foreign, read_objects
from metallb.importing.sources import Sources, sources_of
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.taking import taken
from metallb.importing.validating import imported_stack
from metallb.importing.writing import stack_text

__all__ = [
    "NOTHING",
    "FileFormat",
    "Imported",
    "Lokomotive",
    "LokomotiveLines",
    "Reading",
    "Sources",
    "assumed_mode",
    "assumed_release",
    "beside",
    "differences",
    "fits",
    "imported_stack",
    "lokomotive_file",
    "lost_or_changed",
    "read_foreign",
    "read_lokomotive",
    "read_objects",
    "release_note",
    "sources_of",
    "stack_document",
    "stack_text",
    "taken",
]
