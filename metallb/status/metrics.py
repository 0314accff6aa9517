"""Reads Prometheus' text format, as far as gauges and counters go."""

import contextlib
import re

__all__ = ["Samples", "parse_metrics"]

Samples = dict[str, list[tuple[dict[str, str], float]]]
"""Metric name to its series: labels and value."""

_SAMPLE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse_metrics(text: str) -> Samples:
    """Every sample by its metric's name; what is no sample is passed over."""
    found: Samples = {}
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match and not line.startswith("#"):
            labels = dict(_LABEL.findall(match["labels"] or ""))
            with contextlib.suppress(ValueError):
                found.setdefault(match["name"], []).append((labels, float(match["value"])))
    return found
