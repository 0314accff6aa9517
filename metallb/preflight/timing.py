"""BGP timers as MetalLB understands them, and the words for wrong ones."""

from decimal import ROUND_CEILING, Decimal

from metallb.algebra.durations import Duration
from metallb.preflight.advice import joined, key
from metallb.preflight.case import Case
from metallb.releases import Release
from metallb.routing import BgpPeerSpec

__all__ = [
    "MAX_SECONDS",
    "MIN_HOLD",
    "default_hold",
    "fault",
    "hold_time_help",
    "interval_fault",
    "interval_help",
    "timers",
    "whole",
]

MAX_SECONDS = 65535
"""Largest hold time that fits into the 16 bits of an OPEN message (RFC 4271, 4.2)."""
MIN_HOLD = 3
"""Shortest hold time besides 0 (RFC 4271, 4.2)."""
_LEAVES_TO_FRR = Release(0, 14, 9)
"""First release whose FRR modes have no default of their own (internal/config/config.go)."""


def timers(spec: BgpPeerSpec) -> tuple[Decimal | None, Decimal | None]:
    """Hold time and keepalive interval, one derived from the other where it is left out.

    As internal/config/config.go (parseTimers) does: three keepalives make a hold time.
    """
    hold, keepalive = _seconds(spec.hold_time), _seconds(spec.keepalive_time)
    if hold is None and keepalive is not None:
        hold = keepalive * 3
    elif hold is not None and keepalive is None:
        keepalive = hold / 3
    return hold, keepalive


def _seconds(duration: Duration | None) -> Decimal | None:
    return None if duration is None else duration.seconds


def fault(given: Decimal, least: int) -> str:
    """What is wrong with a number of seconds of at least so many; empty where nothing is."""
    if given < 0:
        return "is negative"
    if given < least:
        return "is too short"
    if given > MAX_SECONDS:
        return "is too long"
    return "has fractions of a second" if given != given.to_integral_value() else ""


def whole(given: Decimal) -> int:
    """The next whole number of seconds."""
    return int(given.to_integral_value(rounding=ROUND_CEILING))


def interval_fault(spec: BgpPeerSpec, given: Decimal) -> str:
    """What is wrong with a keepalive interval; empty where nothing is."""
    hold, _ = timers(spec)
    wrong = fault(given, 0)
    if wrong or hold is None or given == 0:
        return wrong
    if spec.hold_time is None:
        return f"makes the hold time {hold.normalize():f}s too long" if hold > MAX_SECONDS else ""
    if given <= hold:
        return ""
    if hold == 0:
        return f"is set, but hold time {spec.hold_time} turns keepalives off"
    return f"is longer than hold time {spec.hold_time}"


def interval_help(case: Case, hold: Decimal | None, given: Decimal) -> str:
    """What to do about a keepalive interval that is wrong."""
    name = key(case, "keepalive_time")
    if hold is None:
        one = min(max(whole(given), 1), MAX_SECONDS // 3)
        return f"write {one}s, which makes the hold time {one * 3}s, or remove {name}"
    if MIN_HOLD <= hold <= MAX_SECONDS:
        return f"write {int(hold / 3)}s, a third of the hold time, or remove {name}"
    return f"remove {name}, or set a hold time of 3s or more"


def default_hold(case: Case) -> str:
    """What a peer without a hold time gets."""
    frr = case.frr and case.release >= _LEAVES_TO_FRR
    how_long = "FRR's default, 180 seconds" if frr else "90 seconds"
    source = "FRR documentation, bgp" if frr else "MetalLB's default"
    return f"A dead node gets traffic until the hold time is over: {how_long} ({source})"


def hold_time_help(case: Case) -> str:
    """How to set one."""
    section = " below metallb:bgp" if case.stack is not None else ""
    bfd = f"set {key(case, 'bfd_profile')}" if case.frr else ""
    return joined(f"write `{key(case, 'hold_time')}: 3s`{section}", bfd)
