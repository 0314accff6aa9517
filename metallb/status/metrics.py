"""Reads Prometheus' text format, as far as gauges and counters go, and the series of sessions."""

import contextlib
import re

from metallb.algebra.addresses import same_address

__all__ = ["Samples", "parse_metrics", "session_up"]

Samples = dict[str, list[tuple[dict[str, str], float]]]
"""Metric name to its series: labels and value."""

_DEFAULT_VRF = "default"
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


def session_up(samples: Samples, address: str, port: int, vrf: str = "") -> bool | None:
    """Whether the session with a router is up; None where no series is about it.

    A native speaker labels its series with the address and port it dials (internal/bgp/native).
    FRR's exporter gives the port of the open connection, which is another one where the router
    dialled, and -1 without a connection (frr-tools/metrics/collector/bgp.go): only the address
    says which router is meant. It writes IPv6 without brackets.
    """
    by_address: dict[str, float] = {}
    for labels, value in samples.get("metallb_bgp_session_up", []):
        if labels.get("vrf", _DEFAULT_VRF) != (vrf or _DEFAULT_VRF):
            continue
        label = labels.get("peer", "")
        if label in (f"{address}:{port}", f"[{address}]:{port}", address):
            return value == 1
        found, _, _ = label.rpartition(":")
        by_address[same_address(found.strip("[]"))] = value
    found_value = by_address.get(same_address(address))
    return None if found_value is None else found_value == 1
