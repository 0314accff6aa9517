"""Reads what people have today (ConfigMap, custom resources, Lokomotive) and turns it into a stack file."""

from metallb.importing.hcl import Lokomotive, read_lokomotive
from metallb.importing.lines import Lines
from metallb.importing.meaning import differences
from metallb.importing.reading import FileFormat, Reading, read_foreign, sniff
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.writing import stack_text

__all__ = [
    "FileFormat",
    "Imported",
    "Lines",
    "Lokomotive",
    "Reading",
    "differences",
    "read_foreign",
    "read_lokomotive",
    "sniff",
    "stack_document",
    "stack_text",
]
