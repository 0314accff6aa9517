"""Deletions that did not happen: the plugin takes a refusal for done, so the provider is asked.

Provider 3.2.1 counts status 403 as deleted, and the engine then forgets the block or session.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from metallb.errors import MetalLBError, PlatformError
from metallb.lookups import block_exists, session_exists
from metallb.recovery import BLOCK_TYPE, SESSION_TYPE

__all__ = ["METAL_TYPES", "Deleted", "Remains"]

METAL_TYPES = frozenset({BLOCK_TYPE, SESSION_TYPE})
_AT_ONCE = 8


@dataclass(frozen=True)
class Deleted:
    """A block or session that the engine counts as deleted."""

    type: str
    name: str
    id: str

    def words(self) -> str:
        """What it is, for a message."""
        kind = "block" if self.type == BLOCK_TYPE else "session"
        return f"{kind} {self.id} ({self.name})"


@dataclass(frozen=True)
class Remains:
    """What the provider says of the deletions of one run."""

    there: tuple[Deleted, ...] = ()
    """Those that it still has."""
    unknown: MetalLBError | None = None
    """Why nobody can say, where that is so."""

    @classmethod
    def of(cls, deleted: Sequence[Deleted], token: str | None) -> "Remains":
        """Ask for each once; the first call that goes wrong ends it."""
        asks = {BLOCK_TYPE: block_exists, SESSION_TYPE: session_exists}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            replies = [pool.submit(asks[item.type], item.id, token) for item in deleted]
            try:
                found = [reply.result() for reply in replies]
            except PlatformError as error:
                for reply in replies:
                    reply.cancel()
                return cls(unknown=error)
        return cls(
            there=tuple(item for item, is_there in zip(deleted, found, strict=True) if is_there)
        )

    def failure(self, where: str, stack: str) -> PlatformError | None:
        """The error of a run that left something behind.

        :param stack: the stack as the person typed it.
        """
        if not self.there:
            return None
        return PlatformError(
            where=where,
            seen="still at the provider: " + ", ".join(item.words() for item in self.there),
            rule="what is deleted is gone there; its plugin takes a refusal (403) for done, and "
            "the state does not know them any more",
            remedy="a token that may only read, or is another project's, deletes nothing: delete "
            "them in the provider's console or with a token that may (DELETE /ips/ID, "
            "/bgp/sessions/ID); a block that the stack file still names also by python -m metallb "
            f"recover {stack} --release ID",
        )

    def doubt(self, where: str) -> str:
        """In words that nobody knows whether the deletions happened; empty where that is known."""
        if self.unknown is None:
            return ""
        return f"{where}: could not look whether what was deleted is gone: {self.unknown.line()}"
