"""BGP timers as MetalLB understands them."""

from decimal import Decimal

from metallb.durations import parse_duration
from metallb.routing import BgpPeerSpec

__all__ = ["MAX_SECONDS", "seconds", "timers"]

MAX_SECONDS = 65535
"""Largest hold time that its 16 bits on the wire can say (RFC 4271, 4.2)."""


def seconds(text: str | None) -> Decimal | None:
    """Seconds of a duration; None where there is none, or none that can be read."""
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError:
        return None


def timers(spec: BgpPeerSpec) -> tuple[Decimal | None, Decimal | None]:
    """Hold time and keepalive interval, one derived from the other where it is left out.

    As internal/config/config.go (parseTimers) does: three keepalives make a hold time.
    """
    hold, keepalive = seconds(spec.hold_time), seconds(spec.keepalive_time)
    if hold is None and keepalive is not None:
        hold = keepalive * 3
    elif hold is not None and keepalive is None:
        keepalive = hold / 3
    return hold, keepalive
