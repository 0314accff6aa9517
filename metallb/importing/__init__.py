"""From what people have today (ConfigMap, custom resources, Lokomotive) to a stack file."""

from metallb.importing.assumed import AssumedMode, assumed_mode, assumed_release, fits
from metallb.importing.hcl import Lokomotive, read_lokomotive
from metallb.importing.hcl_lines import LokomotiveLines
from metallb.importing.meaning import differences, without_passwords
from metallb.importing.reading import FileFormat, Reading, read_foreign, sniff
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.taking import Taken, taken
from metallb.importing.validating import imported_stack
from metallb.importing.writing import stack_text

__all__ = [
    "AssumedMode",
    "FileFormat",
    "Imported",
    "Lokomotive",
    "LokomotiveLines",
    "Reading",
    "Taken",
    "assumed_mode",
    "assumed_release",
    "differences",
    "fits",
    "imported_stack",
    "read_foreign",
    "read_lokomotive",
    "sniff",
    "stack_document",
    "stack_text",
    "taken",
    "without_passwords",
]
