"""How readers of YAML take plain words, and a writer whose texts every one of them takes as texts.

What is written here is read by Go (kubectl, MetalLB, Pulumi) and by whatever a pipeline uses.
PyYAML quotes what YAML 1.1 reads as something else; Go reads more: `1e3` and `0o17` are numbers
there, and then the API server refuses a label, or MetalLB takes another password.
"""

import re
from typing import Any

import yaml

from metallb.problems.escape import has_controls
from metallb.yaml_text.plain_words import plain_value

__all__ = ["Dumper", "PlainWord", "is_misread", "represent_text", "yaml_text"]


class PlainWord(str):
    """An unquoted scalar that YAML reads as no text, by its spelling.

    As a text it is what stands in the file, which is what Go puts into a field for texts.

    :ivar meaning: what YAML reads: a number, a boolean or None.
    """

    __slots__ = ("meaning",)
    meaning: int | float | bool | None

    def __new__(cls, spelling: str, *, meaning: int | float | bool | None) -> "PlainWord":
        """The word with its meaning."""
        made = super().__new__(cls, spelling)
        made.meaning = meaning
        return made


# A block that starts with a blank says its indentation in a way that readers differ about.
_BLOCK = r"(?s)\S[^\n]*\n.*"


def is_misread(text: str) -> bool:
    """Whether some reader (YAML 1.1, the core schema of 1.2, Go) takes it for no text, unquoted."""
    return type(plain_value(text)) is not str


def represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """A text in quotes where it needs them, and lines as a block: it reads as what it holds."""
    style = None
    if is_misread(value):
        style = "'"
    elif has_controls(value):
        # A reader makes line feeds of some of them, or drops them, unless they are escaped.
        style = '"'
    elif re.fullmatch(_BLOCK, value):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes texts that stay texts, and no aliases: few readers of such files expect any."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always: what stands twice is written twice."""
        del data
        return True


Dumper.add_representer(str, represent_text)


def yaml_text(value: Any, *, width: int = 100) -> str:
    """A document in block style, with the order of its keys: the same bytes for the same value."""
    text: str = yaml.dump(
        value, Dumper=Dumper, sort_keys=False, default_flow_style=False, width=width
    )
    return text
