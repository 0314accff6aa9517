"""Share of flows that get another node where a router's next hops change."""

from functools import cache

__all__ = ["moved", "moved_resiliently"]


@cache
def moved(before: int, gone: int, added: int = 0) -> float:
    """Share that moves by thresholds (RFC 2992, 3), where the first next hops go and others come at
    the end, which moves most.

    Each of n next hops has an equal part of the hash's values, in a fixed order; those that stay
    share all of them anew.
    """
    after = before - gone + added
    if before == gone or not after:
        return 1.0
    stays = 0.0
    for place in range(gone, before):
        low = max(place / before, (place - gone) / after)
        high = min((place + 1) / before, (place - gone + 1) / after)
        stays += max(high - low, 0.0)
    return round(1 - stays, 4)


def moved_resiliently(before: int, gone: int, added: int = 0) -> float:
    """The same where routers hash resiliently: the flows of those that go, and as many as those
    that come need for their part."""
    after = before - gone + added
    return round(1 - (before - gone) / max(before, after), 4) if after else 1.0
