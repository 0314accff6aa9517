"""Deletions that did not happen: the plugin takes a refusal for done, so the provider is looked at.

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
    """Why that is not known, where it is not."""

    @classmethod
    def of(cls, deleted: Sequence[Deleted], token: str | None) -> "Remains":
        """Look for each once; the first call that goes wrong ends it."""
        looks = {BLOCK_TYPE: block_exists, SESSION_TYPE: session_exists}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            replies = [pool.submit(looks[item.type], item.id, token) for item in deleted]
            try:
                found = [reply.result() for reply in replies]
            except PlatformError as error:
                for reply in replies:
                    reply.cancel()
                return cls(unknown=error)
        return cls(
            there=tuple(item for item, is_there in zip(deleted, found, strict=True) if is_there)
        )

    def failure(self, stack: str) -> PlatformError | None:
        """The error of a run that left something behind.

        :param stack: the stack as the person typed it.
        """
        if not self.there:
            return None
        return PlatformError(
            f"still at the provider: {', '.join(item.words() for item in self.there)}",
            code="E308",
            detail="The provider refused (403) to delete them; its plugin takes that for done, so "
            "the state does not have them any more. A token that may only read, or of another "
            "project, deletes nothing.",
            help="delete them in the provider's console or with a token that may (DELETE /ips/ID, "
            "/bgp/sessions/ID); a block that the stack file still names also by python -m metallb "
            f"recover {stack} --release ID",
        )

    def doubt(self) -> str:
        """That it is not known whether the deletions happened; empty where it is."""
        if self.unknown is None:
            return ""
        causes = (
            f"{each.summary}; help: {each.help}" if each.help else each.summary
            for each in self.unknown.problems
        )
        return f"could not check that what was deleted is gone: {'; '.join(causes)}"
