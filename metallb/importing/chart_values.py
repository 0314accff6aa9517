"""MetalLB's document in values of its chart up to 0.12: the key `configInline`, wherever it is.

A values file holds it at the top or below the name of a chart; a Flux HelmRelease, a k3s HelmChart
and an Argo CD Application hold values as a mapping, or as a text that is YAML again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["KEY", "Inline", "UnreadValues", "inline_documents"]

KEY = "configInline"
"""The chart's value (charts/metallb/values.yaml at v0.12.1)."""
_TEXTS = ("values", "valuesContent")
_MAX_DEPTH = 12


@dataclass(frozen=True)
class Inline:
    """One such document.

    :ivar steps: keys down to the document, or to the text that holds it.
    :ivar within: keys within that text; None where no text is in between.
    """

    steps: Location
    within: Location | None
    document: Mapping[str, Any]


class UnreadValues(Exception):
    """A text with values that is no YAML; the parser's error is `error`.

    :ivar steps: keys down to the text.
    """

    def __init__(self, steps: Location, text: str, error: ConfigError) -> None:
        super().__init__()
        self.steps = steps
        self.text = text
        self.error = error


def inline_documents(value: Any, steps: Location = ()) -> Iterator[Inline]:
    """Every MetalLB document below a value.

    :raises UnreadValues: a text with such a document that is no YAML.
    """
    if len(steps) > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            below = (*steps, str(key))
            if key == KEY and isinstance(item, Mapping):
                if item:
                    yield Inline(below, None, item)
            elif key in _TEXTS and isinstance(item, str) and KEY in item:
                yield from _in_text(item, below)
            else:
                yield from inline_documents(item, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from inline_documents(item, (*steps, index))


def _in_text(text: str, steps: Location) -> Iterator[Inline]:
    try:
        values = parse_yaml(text, where="chart values", spelled=True, aliases=True)
    except ConfigError as error:
        raise UnreadValues(steps, text, error) from error
    for found in inline_documents(values):
        if found.within is None:
            yield Inline(steps, found.steps, found.document)
