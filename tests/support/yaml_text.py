"""YAML by libyaml, where tests write or read much of it: PyYAML's own takes ten times as long."""

from collections.abc import Iterable
from typing import Any

import yaml

__all__ = ["dumped", "dumped_all", "loaded", "loaded_all"]


def dumped(document: Any, *, sort_keys: bool = True) -> str:
    """What `yaml.safe_dump` writes."""
    return dumped_all([document], sort_keys=sort_keys)


def dumped_all(documents: Iterable[Any], *, sort_keys: bool = True) -> str:
    """What `yaml.safe_dump_all` writes."""
    text: str = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=sort_keys)
    return text


def loaded(text: str) -> Any:
    """What `yaml.safe_load` reads."""
    return yaml.load(text, yaml.CSafeLoader)


def loaded_all(text: str) -> list[Any]:
    """What `yaml.safe_load_all` reads."""
    return list(yaml.load_all(text, yaml.CSafeLoader))
