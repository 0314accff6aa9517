"""What a file is, before it is read: most are stack files, which need nothing else of this room."""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from metallb.stackfile.files import read_text

__all__ = ["NOTHING", "FileFormat", "sniff"]

NOTHING = "E113"
"""Code of files without a MetalLB configuration."""
_HCL_SUFFIXES = (".lokocfg", ".hcl", ".tf")
_HCL = re.compile(r"^(?:component|cluster)[ \t]+\"[^\"\n]*\"[ \t]*\{", re.MULTILINE)
_STACK = re.compile(r"^config:[ \t]*(?:#.*)?$", re.MULTILINE)
_OBJECT = re.compile(r"^(?:apiVersion|kind|---)", re.MULTILINE)


class FileFormat(StrEnum):
    """What a file is."""

    STACK = "stack"
    """A stack file of this product."""
    CONFIGMAP = "configmap"
    """MetalLB's ConfigMap up to 0.12: the Kubernetes object, or the document in it."""
    RESOURCES = "custom-resources"
    """MetalLB's custom resources, from 0.13."""
    LOKOMOTIVE = "lokomotive"
    """A Lokomotive configuration with a component "metallb"."""
    UNKNOWN = "unknown"
    """None of these."""


def sniff(path: Path) -> FileFormat:
    """What a file or folder is, from its name and its first words.

    :raises ConfigError: it can't be read.
    """
    if os.path.isdir(path):  # noqa: PTH112 - not where a folder above may not be searched
        return FileFormat.RESOURCES
    if path.suffix in _HCL_SUFFIXES:
        return FileFormat.LOKOMOTIVE
    text = read_text(path)
    if _HCL.search(text):
        return FileFormat.LOKOMOTIVE  # by another name, or on standard input
    if path.name.startswith("Pulumi.") and _STACK.search(text) and not _OBJECT.search(text):
        # Its own reader parses it; a large file need not be parsed twice.
        return FileFormat.STACK
    from metallb.importing.documents import is_configuration, parsed_documents

    for document in parsed_documents(text, path, spelled=True):
        if not document or not isinstance(document, Mapping):
            continue
        if "kind" not in document and isinstance(document.get("config"), Mapping):
            return FileFormat.STACK
        if is_configuration(document):
            objects = "kind" in document and document["kind"] != "ConfigMap"
            return FileFormat.RESOURCES if objects else FileFormat.CONFIGMAP
    return FileFormat.UNKNOWN
