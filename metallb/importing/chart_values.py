"""MetalLB's configuration in values of a chart.

The key `configInline` of MetalLB's chart up to 0.12 holds the ConfigMap's document; charts of raw
objects hold custom resources, whatever their key. A values file has either at the top or below the
name of a chart; a Flux HelmRelease, a k3s HelmChart, an Argo CD Application and a ConfigMap that a
HelmRelease names hold values as a mapping, or as a text that is YAML again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["GROUP", "KEY", "Inline", "UnreadValues", "inline_documents", "values_in"]

KEY = "configInline"
"""The chart's value (charts/metallb/values.yaml at v0.12.1)."""
GROUP = "metallb.io/"
"""API group of MetalLB's objects."""
_MAPPINGS = ("values", "valuesObject")
_TEXTS = ("values", "valuesContent")
_TEXT_ENDS = ("values.yaml", "values.yml")
_MAX_DEPTH = 12


@dataclass(frozen=True)
class Inline:
    """One such document, or one object.

    :ivar steps: keys down to the document, or to the text that holds it.
    :ivar within: keys within that text; None where no text is in between.
    :ivar document: with its plain words as they are spelled.
    :ivar read: an object as the API server reads it; None for a ConfigMap's document.
    """

    steps: Location
    within: Location | None
    document: Mapping[str, Any]
    read: Mapping[str, Any] | None = None


class UnreadValues(Exception):
    """A text with values that is no YAML; the parser's error is `error`.

    :ivar steps: keys down to the text.
    """

    def __init__(self, steps: Location, text: str, error: ConfigError) -> None:
        super().__init__()
        self.steps = steps
        self.text = text
        self.error = error


def inline_documents(value: Any, read: Any, steps: Location = ()) -> Iterator[Inline]:
    """Every MetalLB document and every object of MetalLB's below a value.

    :param value: with its plain words as they are spelled.
    :param read: the same as the API server reads it.
    :raises UnreadValues: a text with such a document that is no YAML.
    """
    if len(steps) > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        if steps and _is_object(value):
            yield Inline(steps, None, value, read)
            return
        # Side by side: a key that YAML reads as a number is a text in one of them.
        for (key, item), other in zip(value.items(), read.values(), strict=False):
            below = (*steps, str(key))
            if key == KEY and isinstance(item, Mapping):
                if item:
                    yield Inline(below, None, item)
            elif _is_text(key, item):
                yield from _in_text(item, below)
            else:
                yield from inline_documents(item, other, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from inline_documents(item, read[index], (*steps, index))


def values_in(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Every mapping of chart values below an object; a text that is no YAML has none."""
    if not isinstance(value, Mapping | list) or depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from values_in(item, depth + 1)
        return
    for key, item in value.items():
        if key in _MAPPINGS and isinstance(item, Mapping):
            yield item
        elif key in _TEXTS and isinstance(item, str):
            try:
                found = parse_yaml(item, where="chart values", aliases=True)
            except ConfigError:
                continue
            if isinstance(found, Mapping):
                yield found
        else:
            yield from values_in(item, depth + 1)


def _is_object(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("kind"), str) and str(value.get("apiVersion")).startswith(GROUP)


def _is_text(key: Any, item: Any) -> bool:
    named = key in _TEXTS or str(key).endswith(_TEXT_ENDS)
    return named and isinstance(item, str) and (KEY in item or GROUP in item)


def _in_text(text: str, steps: Location) -> Iterator[Inline]:
    try:
        values = parse_yaml(text, where="chart values", spelled=True, aliases=True)
        read = parse_yaml(text, where="chart values", aliases=True)
    except ConfigError as error:
        raise UnreadValues(steps, text, error) from error
    for found in inline_documents(values, read):
        if found.within is None:
            yield Inline(steps, found.steps, found.document, found.read)
