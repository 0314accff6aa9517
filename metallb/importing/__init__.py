"""From what people have today (ConfigMap, custom resources, Lokomotive) to a stack file."""

from metallb.importing.assumed import AssumedMode, assumed_mode, assumed_release, fits
from metallb.importing.hcl import Lokomotive, metal_platform, read_lokomotive
from metallb.importing.hcl_lines import lokomotive_line
from metallb.importing.lines import Lines
from metallb.importing.meaning import differences, without_passwords
from metallb.importing.reading import FileFormat, Reading, read_foreign, sniff
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.taking import Taken, taken
from metallb.importing.writing import stack_text

__all__ = [
    "AssumedMode",
    "FileFormat",
    "Imported",
    "Lines",
    "Lokomotive",
    "Reading",
    "Taken",
    "assumed_mode",
    "assumed_release",
    "differences",
    "fits",
    "lokomotive_line",
    "metal_platform",
    "read_foreign",
    "read_lokomotive",
    "sniff",
    "stack_document",
    "stack_text",
    "taken",
    "without_passwords",
]
