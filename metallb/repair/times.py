"""Times that an engine or an API server wrote down."""

import re
from datetime import UTC, datetime

__all__ = ["moment"]


def moment(text: str) -> datetime | None:
    """A time of RFC 3339, in UTC where it has no zone; None for anything else."""
    # Go writes nanoseconds, which Python reads to the microsecond.
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        found = datetime.fromisoformat(shortened)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
