"""What an interrupted update left behind, and what makes it right. Pure: callers ask and act.

Three things can be left: a lock, pending operations in the engine's state, and resources at the
provider that the state knows nothing of, because the reply to their creation was lost. Provider
3.2.1 repeats a POST whose reply was lost, so one lost reply may also reserve two blocks.
"""

from metallb.recovery.blocks import block_imports, leftover_blocks, replaced_blocks
from metallb.recovery.locks import LockOwner, lock_owners, unlocked
from metallb.recovery.names import (
    BLOCK_TYPE,
    PENDING,
    SESSION_TYPE,
    block_name,
    ownership_tag,
    session_name,
)
from metallb.recovery.sessions import interrupted_sessions, session_conflicts
from metallb.recovery.state import (
    Pending,
    metal_ids,
    pending_creates,
    unread,
    unread_urns,
    without_pending,
)

__all__ = [
    "BLOCK_TYPE",
    "PENDING",
    "SESSION_TYPE",
    "LockOwner",
    "Pending",
    "block_imports",
    "block_name",
    "interrupted_sessions",
    "leftover_blocks",
    "lock_owners",
    "metal_ids",
    "ownership_tag",
    "pending_creates",
    "replaced_blocks",
    "session_conflicts",
    "session_name",
    "unlocked",
    "unread",
    "unread_urns",
    "without_pending",
]
