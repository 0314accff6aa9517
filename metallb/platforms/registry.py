"""The platforms that are there, by the `kind` of their sections.

Those of this package have a line below. Others are installed beside it: a package names its model
in the entry point group `metallb.platforms`, such as `my-cloud = "my_cloud.platform:MyCloud"`.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import get_args

from metallb.platforms.base import Platform
from metallb.problems.errors import ConfigError

__all__ = [
    "GROUP",
    "kinds",
    "lokomotive_platform",
    "platform_of",
    "platforms",
    "platforms_from",
    "racks_platform",
]

GROUP = "metallb.platforms"
"""Entry point group of platforms from other packages."""
_OWN = {
    "equinix-metal": "metallb.platforms.equinix_metal.section:EquinixMetalPlatform",
    "static": "metallb.platforms.static.section:StaticPlatform",
}


@cache
def platforms() -> tuple[type[Platform], ...]:
    """The models of all platforms, this package's first.

    :raises ConfigError: another package's platform can't be loaded, or has a kind that is taken.
    """
    found = [_loaded(kind, place) for kind, place in _OWN.items()]
    for each in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if each.name in _OWN:
            raise _unusable(each.name, "this kind is taken")
        found.append(_loaded(each.name, each.value))
    return tuple(found)


def kinds() -> dict[str, type[Platform]]:
    """All platforms by the `kind` of their sections."""
    return {get_args(each.model_fields["kind"].annotation)[0]: each for each in platforms()}


@cache
def platform_of(kind: str) -> type[Platform] | None:
    """The platform of a kind, for which one of this package's imports no other; None for no kind.

    :raises ConfigError: as `platforms`, for a kind that is none of this package's.
    """
    return _loaded(kind, _OWN[kind]) if kind in _OWN else kinds().get(kind)


def platforms_from(kind: object) -> Iterator[type[Platform]]:
    """All platforms, that of a kind first; the others are imported where the search goes on.

    :param kind: what a section has as its kind.
    """
    first = platform_of(kind) if isinstance(kind, str) else None
    if first is not None:
        yield first
    yield from (each for each in platforms() if each is not first)


def lokomotive_platform() -> type[Platform]:
    """The platform of Lokomotive's clusters.

    :raises ConfigError: none is installed.
    """
    return _one(lambda each: bool(each.lokomotive_clusters), "clusters of Lokomotive")


def racks_platform() -> type[Platform]:
    """The platform of which an imported configuration with routers is.

    :raises ConfigError: none is installed.
    """
    return _one(lambda each: each.takes_racks, "racks with routers")


def _one(fits: Callable[[type[Platform]], bool], what: str) -> type[Platform]:
    found = next((each for each in platforms() if fits(each)), None)
    if found is None:
        raise ConfigError(
            f"no platform for {what} is installed",
            code="E101",
            help="install the package that has it",
        )
    return found


def _loaded(kind: str, place: str) -> type[Platform]:
    module, _, name = place.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise _unusable(kind, f"{place} can't be imported ({type(error).__name__})") from error
    if not (isinstance(found, type) and issubclass(found, Platform)):
        raise _unusable(kind, f"{place} is no subclass of Platform")
    return found


def _unusable(kind: str, why: str) -> ConfigError:
    return ConfigError(
        f"platform {kind} can't be used: {why}",
        code="E101",
        detail=f"Platforms of other packages are entry points of the group {GROUP}.",
        help="correct or remove the package that has this entry point",
    )
