"""From what people have today (ConfigMap, custom resources, Lokomotive) to a stack file."""

from metallb.importing.assumed import assumed_mode, assumed_release
from metallb.importing.hcl import Lokomotive, metal_platform, read_lokomotive
from metallb.importing.hcl_lines import lokomotive_line
from metallb.importing.lines import Lines
from metallb.importing.meaning import differences, without_passwords
from metallb.importing.reading import FileFormat, Reading, read_foreign, sniff
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.writing import stack_text

__all__ = [
    "FileFormat",
    "Imported",
    "Lines",
    "Lokomotive",
    "Reading",
    "assumed_mode",
    "assumed_release",
    "differences",
    "lokomotive_line",
    "metal_platform",
    "read_foreign",
    "read_lokomotive",
    "sniff",
    "stack_document",
    "stack_text",
    "without_passwords",
]
