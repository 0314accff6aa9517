"""What an interrupted update left behind, and what makes it right. Pure: callers ask and act.

Three things can be left: a lock, pending operations in the engine's state, and resources at the
provider that the state knows nothing of, because the reply to their creation was lost. Provider
3.2.1 repeats a POST whose reply was lost, so one lost reply may also reserve two blocks.
"""

from metallb.recovery.blocks import (
    adopted_blocks,
    block_imports,
    described,
    forgotten_blocks,
    leftover_blocks,
    named_by_tag,
    own_blocks_adopted,
    replaced_blocks,
)
from metallb.recovery.locks import LockOwner, lock_owner, lock_owners, unlocked
from metallb.recovery.names import (
    BLOCK_TYPE,
    PENDING,
    SESSION_TYPE,
    block_name,
    node_key,
    ownership_prefix,
    ownership_tag,
    session_key,
    session_name,
)
from metallb.recovery.sessions import (
    HeldSession,
    SessionPlan,
    held_sessions,
    interrupted_sessions,
    kept_sessions,
    plan_sessions,
    replaced_sessions,
    sessions_in_question,
    strange_sessions,
)
from metallb.recovery.state import (
    Pending,
    held_id,
    metal_ids,
    pending_creates,
    unread,
    unread_urns,
    waiting_sessions,
    with_kept,
    with_replacement,
    without_pending,
)

__all__ = [
    "BLOCK_TYPE",
    "PENDING",
    "SESSION_TYPE",
    "HeldSession",
    "LockOwner",
    "Pending",
    "SessionPlan",
    "adopted_blocks",
    "block_imports",
    "block_name",
    "described",
    "forgotten_blocks",
    "held_id",
    "held_sessions",
    "interrupted_sessions",
    "kept_sessions",
    "leftover_blocks",
    "lock_owner",
    "lock_owners",
    "metal_ids",
    "named_by_tag",
    "node_key",
    "own_blocks_adopted",
    "ownership_prefix",
    "ownership_tag",
    "pending_creates",
    "plan_sessions",
    "replaced_blocks",
    "replaced_sessions",
    "session_key",
    "session_name",
    "sessions_in_question",
    "strange_sessions",
    "unlocked",
    "unread",
    "unread_urns",
    "waiting_sessions",
    "with_kept",
    "with_replacement",
    "without_pending",
]
