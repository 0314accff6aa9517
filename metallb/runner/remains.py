"""Deletions that did not happen, because a plugin took a refusal for done.

The engine then forgets what is still there. Each platform names the types of which that is known.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from metallb.platforms.base import Platform
from metallb.platforms.registry import platforms
from metallb.problems.errors import MetalLBError, PlatformError

__all__ = ["Deleted", "Remains", "TokenOf", "platform_of_type"]

TokenOf = Callable[[type[Platform]], str | None]
"""The API token of the stack's configuration for a platform."""
AnyPlatform = type[Platform]
_AT_ONCE = 8


@cache
def platform_of_type() -> Mapping[str, type[Platform]]:
    """Platforms by the types of the resources to look at."""
    return {kind: each for each in platforms() for kind in each.looked_at}


@dataclass(frozen=True)
class Deleted:
    """A resource that the engine counts as deleted."""

    type: str
    name: str
    id: str

    @property
    def platform(self) -> "AnyPlatform":
        """The platform that it is of."""
        return platform_of_type()[self.type]

    def words(self) -> str:
        """What it is, for a message."""
        return f"{self.platform.looked_at[self.type]} {self.id} ({self.name})"


@dataclass(frozen=True)
class Remains:
    """What the provider says of the deletions of one run."""

    there: tuple[Deleted, ...] = ()
    """Those that it still has."""
    unknown: MetalLBError | None = None
    """Why that is not known, where it is not."""

    @classmethod
    def of(cls, deleted: Sequence[Deleted], token_of: TokenOf) -> "Remains":
        """Look for each once; the first call that goes wrong ends it."""
        tokens = {each: token_of(each) for each in {item.platform for item in deleted}}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            replies = [
                pool.submit(item.platform.exists, item.type, item.id, tokens[item.platform])
                for item in deleted
            ]
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
        ways = dict.fromkeys(item.platform.delete_help for item in self.there)
        return PlatformError(
            f"still at the provider: {', '.join(item.words() for item in self.there)}",
            code="E308",
            detail="The provider refused (403) to delete them; its plugin takes that for done, so "
            "the state does not have them any more. A token that may only read, or of another "
            "project, deletes nothing.",
            help="; ".join(ways).format(stack=stack),
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
