"""From what people have today (ConfigMap, custom resources, Lokomotive) to a stack file."""

from metallb.importing.assumed import assumed_mode, assumed_release, fits
from metallb.importing.comparing import lost_or_changed
from metallb.importing.hcl import read_lokomotive
from metallb.importing.hcl_lines import LokomotiveLines
from metallb.importing.meaning import differences
from metallb.importing.reading import FileFormat, Reading, read_foreign, sniff
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.taking import taken
from metallb.importing.validating import imported_stack
from metallb.importing.writing import stack_text

__all__ = [
    "FileFormat",
    "Imported",
    "LokomotiveLines",
    "Reading",
    "assumed_mode",
    "assumed_release",
    "differences",
    "fits",
    "imported_stack",
    "lost_or_changed",
    "read_foreign",
    "read_lokomotive",
    "sniff",
    "stack_document",
    "stack_text",
    "taken",
]
